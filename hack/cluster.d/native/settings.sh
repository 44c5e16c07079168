# shellcheck shell=bash
# shellcheck disable=SC2034 # settings are used by the files which source this one
# Names and addresses of the native cluster. Host and nodes share one private bridge; each node has a /24 of pods.

RUN="$WA_CACHE/cluster"
PKI="$RUN/pki"
KUBECONFIGS="$RUN/kubeconfig"
LOGS="$RUN/log"
PIDS="$RUN/pids"
PRELOADED="$RUN/images" # links to the image archives that every node gets

BRIDGE=wao0
NODE_NET="${WA_NODE_NET:-10.213.0}" # first three numbers; the host is .1, node N is .(10+N)
HOST_IP="$NODE_NET.1"
POD_NET="${WA_POD_NET:-10.214}" # first two numbers; pods of node N are in .N.0/24
SERVICE_NET="${WA_SERVICE_NET:-10.215}"
SERVICE_CIDR="$SERVICE_NET.0.0/16"
DNS_IP="$SERVICE_NET.0.10"
DOMAIN=cluster.local
API="https://$HOST_IP:6443"
ETCD_PORT=12379
ETCD_PEER_PORT=12380
CONTROLLER_MANAGER_PORT=20257
SCHEDULER_PORT=20259

MAX_NODES=9
NODE_GRACE="${WA_NODE_GRACE:-20s}" # how long a silent node counts as Ready
PAUSE_IMAGE=wa-operator.local/pause:1
CONTROL_PLANE=(etcd kube-apiserver kube-controller-manager kube-scheduler cluster-dns) # in the order of their start
SYSCTLS=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops) # kubelet sets them for the whole machine
CGROUP_CONTROLLERS=(cpu cpuacct memory pids cpuset blkio devices freezer systemd hugetlb perf_event)

node_ip() { printf '%s.%d\n' "$NODE_NET" $((10 + $1)); }
node_link() { printf 'waon%d\n' "$1"; } # the host's end of the node's link; also the name of its cgroups

# known_nodes: the numbers of all nodes that have ever been started here.
known_nodes() {
  local d
  for d in "$RUN"/node[1-9]; do
    [ ! -d "$d" ] || printf '%s\n' "${d##*/node}"
  done
}
