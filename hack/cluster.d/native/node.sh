# shellcheck shell=bash
# Nodes. Each is a set of namespaces of its own (network, mounts, processes, host name, IPC) with its own containerd,
# kubelet and kube-proxy. Killing its first process ends all of them at once, as a power cut does.

# start_node N: boots it, unless it runs. What stood on its disk (images, pods) stays, as on a real machine.
start_node() {
  local n=$1 link disk="$RUN/node$1"
  alive "node$n" && return
  link=$(node_link "$n")
  remove_node_remains "$n"
  mkdir -p "$disk"/{kubelet,containerd,cni,cni-config,pod-logs,container-logs}
  [ -f "$PKI/node$n.crt" ] || user "node$n" "/O=system:nodes/CN=system:node:node$n" "DNS:node$n,IP:$(node_ip "$n")"
  make_cgroups "$link"
  write_cni_config "$n" >"$disk/cni-config/10-wa-operator.conflist"
  write_containerd_config >"$disk/containerd.toml"
  write_kubelet_config "$n" >"$disk/kubelet.yaml"
  daemon "node$n" unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private \
    "$CLUSTER_D/native/node-init" "$n"
  wait_for 30 "the network namespace of node$n" has_own_network "$n" || die "node$n did not start" "See $LOGS/node$n.log."
  ip link add "$link" type veth peer name eth0 netns "$(pid_of "node$n")"
  ip link set "$link" master "$BRIDGE" up
  ip route replace "$POD_NET.$n.0/24" via "$(node_ip "$n")"
  route_services
}

has_own_network() {
  alive "node$1" && [ "$(readlink "/proc/$(pid_of "node$1")/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# kill_node N: a power cut. The link goes down first: otherwise the dying pods still send FIN or RST, and their peers
# learn of the death at once.
kill_node() {
  ! alive "node$1" || {
    ip link set "$(node_link "$1")" down
    stop "node$1" KILL
  }
  remove_node_remains "$1"
  route_services
}

remove_node_remains() {
  local link
  link=$(node_link "$1")
  ! ip link show "$link" >/dev/null 2>&1 || ip link del "$link"
  remove_cgroups "$link"
}

# route_services: from the host, Service addresses are reached through any node that has power and a link.
route_services() {
  local n
  for n in $(known_nodes); do
    if alive "node$n" && link_is_up "$n"; then
      ip route replace "$SERVICE_CIDR" via "$(node_ip "$n")"
      return
    fi
  done
}

link_is_up() { ip link show "$(node_link "$1")" 2>/dev/null | grep -q '<[^>]*[<,]UP[,>]'; }

must_run() {
  alive "node$1" || die "node$1 is not running" "hack/cluster status shows which nodes there are; hack/cluster node-start $1 boots it."
}

# node_exec N COMMAND...: inside all namespaces of the node.
node_exec() {
  local n=$1 init
  shift
  must_run "$n"
  init=$(tr ' ' '\n' <"/proc/$(pid_of "node$n")/task/$(pid_of "node$n")/children" | head -n 1)
  nsenter -t "$init" -m -u -i -n -p -- "$@"
}

# forget_pods NODES: a new cluster knows nothing of the pods which an earlier one left on the nodes' disks. Images stay, but
# those of nodes that it does not have.
forget_pods() {
  local n
  for n in $(known_nodes); do
    if [ "$n" -gt "$1" ]; then
      rm -rf "$RUN/node$n"
      continue
    fi
    rm -rf "$RUN/node$n"/{kubelet,cni,pod-logs,container-logs,volumes}
    touch "$RUN/node$n/forget-containers"
  done
}

write_cni_config() {
  cat <<E
{"cniVersion": "0.4.0", "name": "wa-operator", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$POD_NET.$1.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
E
}

# restrict_oom_score_adj: without CAP_SYS_RESOURCE runc may not set the pause container's -998, and dies.
write_containerd_config() {
  cat <<E
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
E
}

write_kubelet_config() {
  cat <<E
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $(node_ip "$1")
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $PKI/node$1.crt
tlsPrivateKeyFile: $PKI/node$1.key
cgroupDriver: cgroupfs
cgroupRoot: /$(node_link "$1")
failSwapOn: false
clusterDNS: [$DNS_IP]
clusterDomain: $DOMAIN
nodeStatusUpdateFrequency: 4s
nodeStatusReportFrequency: 1m
nodeLeaseDurationSeconds: 20
syncFrequency: 10s
evictionHard: {memory.available: 50Mi, nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%"}
imageGCHighThresholdPercent: 100
E
}
