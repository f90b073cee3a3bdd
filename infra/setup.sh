#!/usr/bin/env bash
# Checks versions and installs the Debian packages that the product or its tests need.
#   setup.sh run    what `make run` needs beside Rust, Node and make
#   setup.sh test   also what the tests need: databases, a browser with Chinese fonts
#   setup.sh bench  what the benchmarks need: a database with pgbench
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/say.sh

need_version() { # program, wanted, what it says, how to get it
  local found=$3
  if [[ -z $found ]]; then fail "$1 is missing: $4"; fi
  if [[ $(printf '%s\n%s\n' "$2" "$found" | sort -V | head -1) != "$2" ]]; then
    fail "$1 $found is too old, $2 or newer is needed: $4"
  fi
}

number() { grep -oE '[0-9]+(\.[0-9]+)+' | head -1; }
version_of() { command -v "$1" >/dev/null 2>&1 && "$@" --version 2>/dev/null | number || true; }

need_version cargo 1.95 "$(version_of cargo)" "install Rust, for example with rustup"
need_version node 20.19 "$(version_of node)" "install Node.js 20.19 or newer"
need_version npm 10 "$(version_of npm)" "npm comes with Node.js"

packages=(ca-certificates curl python3 util-linux procps binutils)
if [[ ${1:-run} == test ]]; then
  packages+=(postgresql mariadb-server chromium fonts-noto-cjk sqlite3 tzdata openssl)
fi

if [[ ${1:-run} == bench ]]; then
  packages+=(postgresql)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
if [[ ${#missing[@]} -gt 0 ]]; then
  say "installing Debian packages: ${missing[*]}"
  as_root mkdir -p /etc/postgresql-common
  # Without this line the package would start a database of its own.
  if [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
