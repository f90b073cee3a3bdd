#!/usr/bin/env bash
# kill -9 of plane and agent under a stream of usage whose content is known (tests/fire/stream.py).
#   stream.sh              200 kills, about a minute; part of `make test`
#   stream.sh --kills 1000 the long form; --seed N draws the same again
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/say.sh
[[ $EUID -eq 0 ]] || fail "the agent opens a host for members: run this as root"

programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
say "stream: building the programs with their points"
infra/fire-build.sh "$programs"
say "stream: killing under a stream of usage"
python3 tests/fire/stream.py "$programs" "$@"
