# Runs a MariaDB server below a directory, on a port, until standard input closes. With a third word
# `crashing` it remembers what it acknowledged, also when it is killed. On its standard input it
# takes `crash` and `start`.
set -u
directory=$1
port=$2
durability=${3:-}
cd /
PATH=$PATH:/usr/sbin

if ! command -v mariadbd >/dev/null; then
    echo "MariaDB is not installed: apt-get install mariadb-server" >&2
    exit 1
fi

owner=$(id -un)
[ "$owner" != root ] || owner=nobody
server=

finish() {
    if [ -n "$server" ]; then
        kill -KILL "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "$directory"
}
trap finish EXIT
trap 'exit 1' TERM HUP INT

chmod 755 "$directory"
[ "$(id -un)" != root ] || chown nobody "$directory"
mariadb-install-db --no-defaults --datadir="$directory/data" --user="$owner" \
    --auth-root-authentication-method=normal --skip-test-db >"$directory/log" 2>&1 || {
    cat "$directory/log" >&2
    exit 1
}
options=--innodb-flush-log-at-trx-commit=0
if [ "$durability" = crashing ]; then
    options=--innodb-flush-log-at-trx-commit=2
elif [ -n "$durability" ]; then
    echo "MariaDB cannot be $durability" >&2
    exit 1
fi
start() {
    mariadbd --no-defaults --datadir="$directory/data" --user="$owner" --port="$port" \
        --bind-address=127.0.0.1 --socket="$directory/socket" --pid-file="$directory/pid" \
        --skip-name-resolve --max-connections=400 $options \
        --innodb-flush-method=nosync --skip-log-bin >"$directory/log" 2>&1 </dev/null &
    server=$!
    tries=0
    until mariadb-admin --no-defaults -h 127.0.0.1 -P "$port" -u root ping >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
            return 1
        fi
        sleep 0.1
    done
}
crash() {
    kill -KILL "$server"
    wait "$server" 2>/dev/null
    true
}
if ! start; then
    cat "$directory/log" >&2
    exit 1
fi
echo ready
while read -r order; do
    case $order in
    crash) crash && echo done ;;
    start) start && echo done ;;
    esac
done
