# shellcheck shell=bash
# The programs that the native cluster runs, in the cache's bin.

KUBERNETES_PROGRAMS=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy cluster-dns pause)

# ensure_binaries: nothing to do when they are there and were built from what stands here now.
ensure_binaries() {
  local want
  want=$(cat "$CLUSTER_D/build-kubernetes" "$CLUSTER_D"/dns/*.go "$CLUSTER_D"/pause/*.go | hash_text)
  ensure_kubectl
  need_packages "the cluster" etcd-server curl
  # A process with this folder in its PATH would find the link itself.
  ln -sf "$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin command -v etcd)" "$WA_BIN/etcd"
  have_binaries "$want" || locked binaries build_binaries "$want"
}

have_binaries() {
  local p
  stamped kubernetes "$1" || return 1
  for p in "${KUBERNETES_PROGRAMS[@]}"; do
    [ -x "$WA_BIN/$p" ] || return 1
  done
}

build_binaries() {
  ! have_binaries "$1" || return 0 # another run built them while we waited
  need_packages "building Kubernetes" golang-1.19-go dpkg-dev ca-certificates
  "$CLUSTER_D/build-kubernetes"
  stamp kubernetes "$1"
}
