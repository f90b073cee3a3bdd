#!/usr/bin/env bash
# Builds the portal into portal/dist, from where the plane embeds it.
set -euo pipefail
cd "$(dirname "$0")/../portal"
. ../infra/say.sh
if [[ ! -d node_modules || package-lock.json -nt node_modules/.package-lock.json ]]; then
  say "portal: fetching packages (about half a minute the first time)"
  npm ci --no-audit --no-fund --loglevel=error
fi
say "portal: building"
npm run --silent build >&2
touch dist/index.html
