#!/usr/bin/env bash
# The demo as a user meets it, from `make run` to `make clean-demo`, in a home of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/demo/story.py "$@"
