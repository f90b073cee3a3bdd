#!/usr/bin/env bash
# `make bench`: every figure of docs/benchmarks.md in its short form, each beside its reference, and
# a table at the end; ends with 1 where a floor does not hold. `infra/bench.sh p4 [--long]` measures
# one, `p1-postgres` a part of one.
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/say.sh

figures=()
long=()
for word in "$@"; do
  case ${word,,} in
    p1 | p1-sqlite | p1-postgres | p3 | p4 | p6 | p6-orders | p6-redis | p8 | s3 | lists) figures+=("${word,,}") ;;
    --long) long=(--long) ;;
    *) fail "no figure is called $word: take p1 (p1-sqlite, p1-postgres), p3, p4, p6 (p6-orders, p6-redis), p8, s3 or lists, and --long for more rounds" ;;
  esac
done
[[ ${#figures[@]} -gt 0 ]] || figures=(p8 s3 p3 p6 p4 lists p1)

infra/setup.sh bench
for references in tests/bench/node tests/bench/postgraphile; do
  [[ -d $references/node_modules ]] || (cd $references && npm ci --no-audit --no-fund --loglevel=error)
done
make --no-print-directory portal
say "release build (about 15 minutes on two cores the first time)"
# All at once: another choice of packages would build half of the dependencies again.
cargo build --release -q -p control-plane -p cell-agent -p tests-bench --bins
if [[ " ${figures[*]} " == *" p3 "* ]]; then
  cargo build --release -q --manifest-path tests/bench/rights/Cargo.toml \
    --target-dir "$CARGO_TARGET_DIR"/rights
fi
# As it is delivered: static, since one of it runs per member.
cargo rustc -q --release -p connectors-host-shim --bin cellplane-shim -- -C target-feature=+crt-static

synced=$(python3 - <<'P'
import os, tempfile, time
with tempfile.NamedTemporaryFile() as file:
    took = []
    for _ in range(200):
        began = time.perf_counter()
        os.pwrite(file.fileno(), b"x" * 8192, 0)
        os.fdatasync(file.fileno())
        took.append(time.perf_counter() - began)
print(f"{sorted(took)[100] * 1e3:.2f} ms")
P
)
say "$(nproc) cores, $(free -g | awk '/^Mem/ {print $2}') GiB, 8 KiB synced in $synced, load $(cut -d' ' -f1-3 /proc/loadavg); figures measured while others work are low on both sides"
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
for figure in "${figures[@]}"; do
  say "$figure"
  program=("$CARGO_TARGET_DIR"/release/cellplane-bench "$figure")
  [[ $figure != p3 ]] || program=("$CARGO_TARGET_DIR"/rights/release/cellplane-bench-rights)
  "${program[@]}" "${long[@]}" | tee -a "$rows" | grep -v '^row' || fail "$figure was not measured"
done
{
  printf 'figure\tmeasured\tbeside\tratio or value\ttarget\tfloor\tverdict\n'
  grep '^row' "$rows" | cut -f2-
} | python3 -c '
import sys
rows = [line.rstrip("\n").split("\t") for line in sys.stdin]
wide = [max(map(len, column)) for column in zip(*rows)]
for row in rows:
    print("  ".join(cell.ljust(width) for cell, width in zip(row, wide)).rstrip())
failed = [row[0] for row in rows[1:] if row[5] != "-" and row[6] == "below"]
if failed:
    sys.exit("below the floor: " + ", ".join(failed))'
