# shellcheck shell=bash
# What the native cluster asks of the machine, and what it changes there.

check_machine() {
  local c missing=()
  need_root "the native cluster (namespaces, a bridge, cgroups)"
  for c in cpu cpuacct memory pids cpuset devices freezer; do
    [ -e "/sys/fs/cgroup/$c/cgroup.procs" ] || missing+=("$c")
  done
  [ ${#missing[@]} = 0 ] ||
    die "the native cluster needs the cgroup v1 hierarchy, and these controllers are not mounted under /sys/fs/cgroup: ${missing[*]}" \
      "Kubernetes 1.20 does not know cgroup v2, which Debian 12 boots with. Either add systemd.unified_cgroup_hierarchy=0" \
      "to the kernel's command line and reboot, or start Docker and install k3d: hack/cluster then uses them."
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || die "the kernel has no overlay file system" "Load the module: modprobe overlay."
  c=$(cat "/sys/class/net/$BRIDGE/ifalias" 2>/dev/null || true)
  [ -z "$c" ] || [ "$c" = "$RUN" ] ||
    die "another native cluster runs on this machine, with its state in $c" "WA_CACHE=${c%/cluster} hack/cluster down stops it."
  bridge_exists || try_links
  c=$(ip -o -4 addr show | awk -v net="$NODE_NET." -v bridge="$BRIDGE" '$2 != bridge && index($4, net) == 1 { print $2, $4 }')
  [ -z "$c" ] || die "the network $NODE_NET.0/24 is in use on this machine: $c" "Choose others: WA_NODE_NET=10.99.0 WA_POD_NET=10.100 WA_SERVICE_NET=10.101 hack/cluster up."
}

bridge_exists() { [ -e "/sys/class/net/$BRIDGE" ]; }

try_links() {
  ip link add "$BRIDGE" type bridge 2>/dev/null || die "cannot make a network bridge" "The kernel needs the module bridge, and this user the right to administer the network (CAP_NET_ADMIN)."
  ip link add waoprobe0 type veth peer name waoprobe1 2>/dev/null || {
    ip link del "$BRIDGE"
    die "cannot make a veth pair" "The kernel needs the module veth, and this user the right to administer the network (CAP_NET_ADMIN)."
  }
  ip link del waoprobe0
  ip link del "$BRIDGE"
}

announce_changes() {
  ! bridge_exists || return 0 # said before
  say "changing this machine until 'hack/cluster down': bridge $BRIDGE ($HOST_IP/24) with a link waon<N> per node;" \
    "routes to $NODE_NET.0/24, $POD_NET.0.0/16 and $SERVICE_CIDR; cgroups /waon<N>; a tmpfs on $RUN/etcd;" \
    "sysctls ${SYSCTLS[*]} (kubelet sets them; their values are kept and restored)"
}

# keep_sysctls: notes the machine's own values, once per boot and before any kubelet runs.
keep_sysctls() {
  local boot
  boot=$(cat /proc/sys/kernel/random/boot_id)
  [ "$(cat "$RUN/sysctls.boot" 2>/dev/null)" = "$boot" ] && return
  sysctl "${SYSCTLS[@]}" | tr -d ' ' >"$RUN/sysctls"
  echo "$boot" >"$RUN/sysctls.boot"
}

restore_sysctls() {
  [ "$(cat "$RUN/sysctls.boot" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id)" ] && sysctl -qw -p "$RUN/sysctls" >/dev/null
  rm -f "$RUN/sysctls" "$RUN/sysctls.boot"
}

make_bridge() {
  bridge_exists && return
  ip link add "$BRIDGE" type bridge
  ip link set "$BRIDGE" alias "$RUN" # whose it is
  ip addr add "$HOST_IP/24" dev "$BRIDGE"
  ip link set "$BRIDGE" up
}

make_cgroups() { # NAME: kubelet wants its root in every controller it uses
  local c dir
  for c in "${CGROUP_CONTROLLERS[@]}"; do
    dir="/sys/fs/cgroup/$c"
    [ -d "$dir" ] || continue
    mkdir -p "$dir/$1"
    if [ "$c" = cpuset ]; then
      cat "$dir/cpuset.cpus" >"$dir/$1/cpuset.cpus"
      cat "$dir/cpuset.mems" >"$dir/$1/cpuset.mems"
    fi
  done
}

# remove_cgroups NAME: its processes were killed; a cgroup stays busy until the last of them is reaped.
remove_cgroups() { wait_for 20 "the cgroups /$1 to empty" remove_cgroups_once "$1"; }

remove_cgroups_once() {
  local dir left=0
  for dir in /sys/fs/cgroup/*/"$1"; do
    [ ! -d "$dir" ] || find "$dir" -depth -type d -exec rmdir {} \; || left=1
  done
  return $left
}
