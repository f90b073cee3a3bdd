#!/usr/bin/env bash
# Builds portal and programs into the demo's bin directory.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/say.sh
. infra/demo/place.sh

make --no-print-directory portal

say "programs: building (about 6 minutes on two cores the first time, seconds afterwards)"
cargo build --package control-plane --package cell-agent --package cli --bins
# The program that stays with each member is small and static: one of it runs per member.
cargo rustc --quiet --release --package connectors-host-shim --bin cellplane-shim -- -C target-feature=+crt-static

# Points at which a test stops a program (types/point) are in no program that anybody uses.
for program in debug/cellplane-plane debug/cellplane-agent release/cellplane-shim; do
  ! grep -q fire.sock "$CARGO_TARGET_DIR/$program" || fail "$program was built with points of the tests"
done

mkdir -p "$demo_bin"
install -m 755 "$CARGO_TARGET_DIR"/debug/{cellplane,cellplane-plane,cellplane-agent} "$demo_bin"
install -m 755 "$CARGO_TARGET_DIR"/release/cellplane-shim "$demo_bin"
