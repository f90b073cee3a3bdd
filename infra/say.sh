# Shared by the scripts here: what they say, and the one way to root. To be sourced.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf '\033[1;31merror:\033[0m %s\n' "$*" >&2; exit 1; }

# Runs a command as root; an ordinary user is asked by sudo, and told why.
as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; return; fi
  command -v sudo >/dev/null 2>&1 || fail "this step needs root and sudo is not installed: $*"
  if [[ -z ${SUDO_EXPLAINED:-} ]]; then
    say "root is needed to install Debian packages and to run members under users of their own: sudo may ask for your password"
    export SUDO_EXPLAINED=1
  fi
  sudo "$@"
}

# Builds stay outside the clone, so that a fresh clone does not build everything again.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/cellplane/target}
