#!/usr/bin/env bash
# `make clean-demo`: removes everything that `make run` made, and proves it.
#   clean.sh [--yes]   does not ask
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/say.sh
. infra/demo/place.sh

members=$(as_root find "$demo_site/host/members" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)
if [[ $members -gt 0 && ${1:-} != --yes && ${CLEAN_DEMO:-} != yes ]]; then
  [[ -t 0 ]] || fail "$members members hold data; run \`CLEAN_DEMO=yes make clean-demo\` to remove them without a question"
  read -rp "$members members of instances hold data that will be gone. Remove everything? [y/N] " answer
  [[ $answer == [yY]* ]] || fail "nothing was removed"
fi

if [[ -f $demo_home/running ]]; then
  say "stopping plane and agent"
  while read -r pid; do as_root kill -TERM "$pid" 2>/dev/null || true; done <"$demo_home/running"
  while read -r pid; do as_root timeout 10 tail --pid "$pid" -f /dev/null || true; done <"$demo_home/running"
fi
if [[ -x $demo_bin/cellplane-shim ]] && as_root test -d "$demo_site/host"; then
  as_root "$demo_bin/cellplane-shim" clean --root "$demo_site/host" --claims "$demo_claims"
fi
as_root rm -rf "$demo_site"
as_root rmdir "$demo_claims" /var/lib/cellplane 2>/dev/null || true
rm -rf "$demo_home"

left=$(
  as_root test -e "$demo_site" && echo "$demo_site"
  [[ -e $demo_home ]] && echo "$demo_home"
  pgrep -af -- "$demo_site" || true
)
[[ -z $left ]] || fail "this is left: $left"
say "nothing is left: no process, no directory, no claimed port or user"
