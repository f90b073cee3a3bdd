#!/usr/bin/env bash
# Everything, from unit tests to the browser. Installs what it needs. Skips nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/say.sh
infra/setup.sh test

say "portal: checks and build"
make --no-print-directory portal
(cd portal && npm run --silent check)

say "an OpenID provider of another making, for the stories"
(cd tests/provider && npm ci --no-audit --no-fund --loglevel=error)

say "rust: formatting and lints"
cargo fmt --all --check
cargo clippy -q --workspace --all-targets -- -D warnings

say "rust: unit tests, stores on three engines, real Redis, stories"
# With `mutant` some tests take the first wall between tenants away.
cargo test -q --workspace --features tests/mutant --no-fail-fast

say "oracle: the independent bill"
python3 -m unittest discover -q -s tests/oracle

infra/fire.sh --at-once 5 --side-by-side 8
infra/stream.sh

say "people, roles and the tree: the command line and the browser, with a real OpenID provider"
cargo build -q -p control-plane -p cli
python3 tests/people/story.py

say "demo: make run, the command line, the browser, the bill, make clean-demo"
tests/demo/story.sh
say "test: all good"
