#!/usr/bin/env bash
# The gate before a commit: formatting, lints, tidy, unit tests, generated files, the portal.
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/say.sh
say "rustfmt"; cargo fmt --all --check
say "clippy"; cargo clippy -q --workspace --all-targets -- -D warnings
say "tidy"; cargo test -q -p tests-tidy
say "unit tests"; cargo test -q --workspace --lib --bins
say "rights and schema as committed"; cargo test -q -p policies --test matrix; cargo test -q -p graphql --test schema
say "portal"; [[ -d portal/node_modules ]] || (cd portal && npm ci --no-audit --no-fund --loglevel=error)
(cd portal && npm run --silent check)
say "check: all good"
