# shellcheck shell=bash
# choose_backend: WA_CLUSTER, or k3d where Docker answers, or native.

choose_backend() {
  case ${WA_CLUSTER:-} in
    native | k3d | existing) printf '%s\n' "$WA_CLUSTER" ;;
    '') if docker info >/dev/null 2>&1; then printf 'k3d\n'; else printf 'native\n'; fi ;;
    *) die "WA_CLUSTER is '$WA_CLUSTER'" "Known: native, k3d, existing." ;;
  esac
}
