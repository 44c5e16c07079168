# shellcheck shell=bash
# Progress and errors, written for the person who watches. Everything goes to stderr, so that stdout carries only
# what a command was asked for (a path, an export line).

# Elapsed time counts from the outermost script of ours.
export WA_STARTED_US="${WA_STARTED_US:-${EPOCHREALTIME/[.,]/}}"

# say MESSAGE: one progress line with the time since the start.
say() {
  local us=$((${EPOCHREALTIME/[.,]/} - WA_STARTED_US))
  printf '[%4d.%d s] %s\n' $((us / 1000000)) $((us / 100000 % 10)) "$*" >&2
}

# die WHAT-WAS-WRONG [WHAT-TO-DO]...: ends the script.
die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  [ $# = 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# wait_for SECONDS WHAT COMMAND...: polls until COMMAND succeeds; on timeout says what it waited for and fails.
wait_for() {
  local limit=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      say "gave up after $limit s: $what"
      return 1
    fi
    sleep 0.2
  done
}

need_root() {
  [ "$(id -u)" = 0 ] || die "$1 needs root" "Run it as root (sudo -E)."
}
