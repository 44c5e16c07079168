# shellcheck shell=bash
# The cache: everything that we download or build, outside the repository.
#   bin/      Kubernetes binaries, kubectl, helm     src/     Debian's Kubernetes source
#   images/   image archives                         cluster/ state of the native cluster
#   current/  API server of custom resources of the current Kubernetes, and its etcd
#   stamps/   one file per step, holding the hash of what it was made from

WA_CACHE="${WA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wa-operator}"
export WA_CACHE
# shellcheck disable=SC2034 # used by the scripts which source this file
WA_BIN="$WA_CACHE/bin"
mkdir -p "$WA_CACHE"/{bin,stamps,locks}

# stamped NAME VALUE: is the step NAME done for exactly this VALUE?
stamped() { [ "$(cat "$WA_CACHE/stamps/$1" 2>/dev/null)" = "$2" ]; }

# stamp NAME VALUE: notes that it is.
stamp() { printf '%s\n' "$2" >"$WA_CACHE/stamps/$1"; }

# hash_text: the hash of what stands on stdin.
hash_text() { sha256sum | cut -c1-32; }

# locked NAME COMMAND...: one run at a time per cache; a second one waits. What COMMAND starts does not
# inherit the lock, so a process which stays behind does not hold it.
locked() {
  local name=$1
  shift
  (
    exec 9>"$WA_CACHE/locks/$name"
    flock -n 9 || {
      say "another run holds $WA_CACHE/locks/$name; waiting for it"
      flock 9
    }
    "$@" 9>&-
  )
}
