#!/usr/bin/env bash
# `make run`: from a clone to sign-in links. Ctrl-C stops plane and agent; members go on, and the
# next run finds them again.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/say.sh
. infra/demo/place.sh

say "step 1 of 5: checking versions and packages"
infra/setup.sh run
say "step 2 of 5: building"
infra/demo/build.sh
mkdir -p -m 700 "$demo_home"
chmod 700 "$demo_home"

export CELLPLANE_HOME=$demo_home
export CELLPLANE__AGENT__REPORT_INTERVAL_S=10
export CELLPLANE__HTTP__FALLBACK_PORTS=true
export CELLPLANE__LOG__FILTER=${CELLPLANE__LOG__FILTER:-warn}
plane=$demo_bin/cellplane-plane

free_port() {
  python3 - "$1" <<'P'
import socket, sys
for port in range(int(sys.argv[1]), int(sys.argv[1]) + 200):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
P
}

# The agent remembers where its plane is, so its port is chosen once.
[[ -f $demo_home/agent-port ]] || free_port 8443 >"$demo_home/agent-port"
CELLPLANE__AGENT__LISTEN=127.0.0.1:$(cat "$demo_home/agent-port")
export CELLPLANE__AGENT__LISTEN

say "step 3 of 5: preparing the database and the demo tenant"
"$plane" migrate >/dev/null
"$plane" demo seed >/dev/null
# Kept first: grep -q leaves early, and the program before it would end with a broken pipe.
cells=$("$plane" cell list)
grep -qw demo <<<"$cells" || "$plane" cell create demo --title "This machine" >/dev/null

pids=()
stop() {
  trap - INT TERM EXIT
  # Whoever read what this script says may be gone; plane and agent are stopped all the same.
  trap '' PIPE
  say "stopping plane and agent; your instances go on running" || true
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || as_root kill -TERM "$pid" 2>/dev/null || true; done
  wait "${pids[@]}" 2>/dev/null || true
  rm -f "$demo_home/running"
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

say "step 4 of 5: starting the plane and the agent of the cell \"demo\""
# In sessions of their own, so that Ctrl-C reaches this script first and it stops them in order.
setsid "$plane" serve >>"$demo_home/plane.log" 2>&1 &
pids+=($!)
address=""
for _ in $(seq 150); do
  kill -0 "${pids[0]}" 2>/dev/null || { tail -5 "$demo_home/plane.log" >&2; fail "the plane did not start; see $demo_home/plane.log"; }
  # The plane notes where it listens once it does.
  address=$(sed -n 's/.*"http": *"\([^"]*\)".*/\1/p' "$demo_home/addresses.json" 2>/dev/null || true)
  if [[ -n $address ]] && curl -fsS -o /dev/null "$address/readyz" 2>/dev/null; then break; fi
  read -rt 0.2 <> <(:) || true
done
curl -fsS -o /dev/null "$address/readyz" || fail "the plane is not ready; see $demo_home/plane.log"

as_root mkdir -p -m 711 /var/lib/cellplane "$demo_site"
cat >"$demo_home/agent.toml" <<T
[state]
directory = "$demo_site/agent"
[host]
directory = "$demo_site/host"
claims_directory = "$demo_claims"
shim = "$demo_bin/cellplane-shim"
[log]
filter = "warn"
T
join=()
if ! as_root test -e "$demo_site/agent/identity.json"; then
  (umask 077; "$plane" cell join-token demo >"$demo_home/join-token")
  join=(--join-token-file "$demo_home/join-token")
fi
if [[ $EUID -eq 0 ]]; then
  setsid "$demo_bin/cellplane-agent" --config "$demo_home/agent.toml" run "${join[@]}" >>"$demo_home/agent.log" 2>&1 &
else
  as_root true
  setsid sudo -n "$demo_bin/cellplane-agent" --config "$demo_home/agent.toml" run "${join[@]}" >>"$demo_home/agent.log" 2>&1 &
fi
pids+=($!)
printf '%s\n' "${pids[@]}" >"$demo_home/running"
for _ in $(seq 150); do
  kill -0 "${pids[1]}" 2>/dev/null || { tail -5 "$demo_home/agent.log" >&2; fail "the agent did not start; see $demo_home/agent.log"; }
  cells=$("$plane" cell list)
  grep -qP '\tdemo\tenrolled\t' <<<"$cells" && break
  read -rt 0.2 <> <(:) || true
done
rm -f "$demo_home/join-token"

say "step 5 of 5: a first order"
command_line=("$demo_bin/cellplane" --config "$demo_home/demo-command-line.toml")
"${command_line[@]}" whoami >/dev/null 2>&1 || "$plane" sign-in --as dev | "${command_line[@]}" sign-in --code-file - >/dev/null
if [[ ! -e $demo_home/ordered ]]; then
  "${command_line[@]}" order redis --name first-cache --project platform-dev --plan small \
    --topology primary-replica --yes >&2
  touch "$demo_home/ordered"
fi

cat <<T

cellplane is running: $address

  Sign in, each link once (good for 10 minutes; more: $demo_bin/cellplane-plane sign-in --as USER):
    administrator         $("$plane" sign-in --as admin)
    developer             $("$plane" sign-in --as dev)
    head of organization  $("$plane" sign-in --as head)

  The command line, in a second shell:
    export PATH="$demo_bin:\$PATH" CELLPLANE_HOME="$demo_home"
    cellplane sign-in "\$(cellplane-plane sign-in --as dev)"
    cellplane get instances

  Logs: $demo_home/plane.log, $demo_home/agent.log
  Ctrl-C stops plane and agent, instances go on. make clean-demo removes everything.
T
wait -n "${pids[@]}" || true
fail "plane or agent ended by itself; see the logs"
