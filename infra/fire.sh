#!/usr/bin/env bash
# kill -9 of plane, agent, keeper and member at every point that they name (tests/fire).
#   fire.sh            every kind of point once, about five minutes
#   fire.sh --seeds 20 the long form; other options: tests/fire/fire.py --help
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/say.sh
[[ $EUID -eq 0 ]] || fail "members run as users of their own: run this as root"

programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
say "fire: building the programs with their points"
infra/fire-build.sh "$programs"
say "fire: killing"
python3 tests/fire/fire.py "$programs" "$@"
