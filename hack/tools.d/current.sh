# shellcheck shell=bash
# The API server of custom resources of the current Kubernetes and an etcd for it, in the cache's folder current. The file why-not there
# is for those that go without: it says why they have to.

WA_CURRENT="$WA_CACHE/current"

# ensure_current: nothing to do when they are there and were built from what stands here now.
ensure_current() {
  local want
  want=$(cat "$HACK/tools.d/build-apiextensions" "$HACK/tools.d/apiextensions-apiserver"/*.go | hash_text)
  have_current "$want" || locked current build_current "$want"
}

have_current() {
  stamped current "$1" && [ -x "$WA_CURRENT/apiextensions-apiserver" ] && [ -x "$WA_CURRENT/etcd" ]
}

build_current() {
  ! have_current "$1" || return 0 # another run built them while we waited
  mkdir -p "$WA_CURRENT"
  "$HACK/tools.d/build-apiextensions" 2>&1 | tee "$WA_CURRENT/said" >&2 || {
    # Lines that begin with a time report progress.
    grep -v '^\[' "$WA_CURRENT/said" >"$WA_CURRENT/why-not"
    exit 1
  }
  rm -f "$WA_CURRENT"/{said,why-not}
  stamp current "$1"
}
