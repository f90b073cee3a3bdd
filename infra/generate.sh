#!/usr/bin/env bash
# Writes the committed generated files again. What changed is reviewed as a diff.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test -q -p policies --test matrix || true
cargo test -q -p graphql --test schema || true
(cd portal && npm run --silent generate)
git status --short policies/matrix.txt graphql/schema.graphql portal/src/gql
