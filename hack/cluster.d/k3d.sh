# shellcheck shell=bash
# The backend 'k3d': k3s in Docker containers. Node 1 is the server, the others are agents. Not yet verified.

K3D_CLUSTER=wa-operator
K3D_KUBECONFIG="$WA_CACHE/k3d.kubeconfig"
K3D_AUDIT="$WA_CACHE/k3d-audit"

k3d_kubeconfig() { printf '%s\n' "$K3D_KUBECONFIG"; }
k3d_audit() { printf '%s\n' "$K3D_AUDIT/audit.log"; }

k3d_node() { # N
  if [ "$1" = 1 ]; then printf 'k3d-%s-server-0\n' "$K3D_CLUSTER"; else printf 'k3d-%s-agent-%d\n' "$K3D_CLUSTER" $(($1 - 2)); fi
}

k3d_up() { # NODES
  command -v k3d >/dev/null || die "Docker answers, but k3d is missing" "Install it from https://k3d.io/, or set WA_CLUSTER=native."
  ensure_kubectl
  if k3d cluster get "$K3D_CLUSTER" >/dev/null 2>&1; then
    k3d cluster start "$K3D_CLUSTER" >&2
  else
    say "making the k3d cluster $K3D_CLUSTER: $1 containers and a network in Docker"
    mkdir -p "$K3D_AUDIT"
    cp "$CLUSTER_D/audit-policy.yaml" "$K3D_AUDIT/policy.yaml"
    k3d cluster create "$K3D_CLUSTER" --agents $(($1 - 1)) --wait --kubeconfig-update-default=false \
      --volume "$K3D_AUDIT:/audit@server:0" --k3s-arg '--disable=traefik@server:0' \
      --k3s-arg '--kube-apiserver-arg=audit-policy-file=/audit/policy.yaml@server:0' \
      --k3s-arg '--kube-apiserver-arg=audit-log-path=/audit/audit.log@server:0' \
      --k3s-arg "--kube-controller-manager-arg=node-monitor-grace-period=${WA_NODE_GRACE:-20s}@server:0" >&2
  fi
  k3d kubeconfig get "$K3D_CLUSTER" >"$K3D_KUBECONFIG"
  chmod 600 "$K3D_KUBECONFIG"
  "$WA_BIN/kubectl" --kubeconfig "$K3D_KUBECONFIG" wait --for=condition=Ready nodes --all --timeout=120s >&2
}

k3d_down() {
  k3d cluster delete "$K3D_CLUSTER" >&2
  rm -rf "$K3D_AUDIT" "$K3D_KUBECONFIG"
}

k3d_status() { k3d cluster list "$K3D_CLUSTER" && "$WA_BIN/kubectl" --kubeconfig "$K3D_KUBECONFIG" get nodes -o wide; }
k3d_load() { k3d image import --cluster "$K3D_CLUSTER" "$@" >&2; }
k3d_unplug() { docker network disconnect "k3d-$K3D_CLUSTER" "$(k3d_node "$1")"; }
k3d_plug() { docker network connect "k3d-$K3D_CLUSTER" "$(k3d_node "$1")"; }

k3d_node_kill() {
  k3d_unplug "$1"
  docker kill "$(k3d_node "$1")" >/dev/null
}

k3d_node_start() {
  docker start "$(k3d_node "$1")" >/dev/null
  k3d_plug "$1"
}

k3d_node_exec() {
  local node
  node=$(k3d_node "$1")
  shift
  docker exec "$node" "$@"
}
