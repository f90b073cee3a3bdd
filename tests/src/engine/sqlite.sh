# Keeps a directory for SQLite's files until standard input closes.
directory=$1
cd /
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' TERM HUP INT
echo ready
read -r _ || true
