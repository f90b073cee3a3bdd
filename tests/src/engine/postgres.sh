# Runs a PostgreSQL server below a directory, on a port, until standard input closes. With a third
# word `durable` it syncs as it does in production; tests need no more than that it forgets nothing
# while it runs. With `crashing` it remembers what it acknowledged, also when it is killed, and with
# `forgetful` it does not. On its standard input it takes `crash` and `start`.
set -u
directory=$1
port=$2
durability=${3:-}
cd /

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)
if [ -z "$programs" ]; then
    echo "PostgreSQL is not installed: apt-get install postgresql" >&2
    exit 1
fi

# initdb refuses root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid postgres --regid postgres --clear-groups -- "$@"
    else
        "$@"
    fi
}

finish() {
    as_owner "$programs/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1
    rm -rf "$directory"
}
trap finish EXIT
trap 'exit 1' TERM HUP INT

chmod 755 "$directory"
[ "$(id -u)" != 0 ] || chown postgres "$directory"
as_owner "$programs/initdb" -D "$directory/data" -U cellplane --auth=trust --no-sync \
    --encoding=UTF8 --locale=C >/dev/null || exit 1
options="-p $port -k $directory -c listen_addresses=127.0.0.1 -c max_connections=400"
if [ "$durability" = durable ]; then
    # Room for a measurement between two checkpoints.
    options="$options -c max_wal_size=4GB -c shared_buffers=512MB"
elif [ "$durability" = crashing ]; then
    options="$options -c fsync=off -c synchronous_commit=on"
elif [ "$durability" = forgetful ]; then
    options="$options -c fsync=off -c synchronous_commit=off -c wal_writer_delay=10000"
    options="$options -c wal_writer_flush_after=1GB"
else
    options="$options -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
fi
start() {
    as_owner "$programs/pg_ctl" -w -t 60 -D "$directory/data" -l "$directory/log" \
        -o "$options" start >/dev/null 2>&1
}
# Everything of this server dies at once, as when its machine does.
crash() {
    main=$(head -n 1 "$directory/data/postmaster.pid")
    all="$main $(ps -o pid= --ppid "$main")"
    kill -9 $all
    for process in $all; do
        while kill -0 "$process" 2>/dev/null; do :; done
    done
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
