#!/usr/bin/env bash
# Builds plane, agent and keeper with their points (`types/point`) into a directory. That the programs
# of the demo have none is proved where they are built (infra/demo/build.sh). Usage: fire-build.sh DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/say.sh

mark=fire.sock
cargo build --quiet --package control-plane --package cell-agent --package connectors-host-shim --bins \
  --features control-plane/fire,cell-agent/fire,connectors-host-shim/fire
mkdir -p "$1"
for program in cellplane-plane cellplane-agent cellplane-shim; do
  grep -q "$mark" "$CARGO_TARGET_DIR/debug/$program" || fail "$program has no points"
  install -m 755 "$CARGO_TARGET_DIR/debug/$program" "$1"
done
