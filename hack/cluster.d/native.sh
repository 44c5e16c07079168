# shellcheck shell=bash
# The backend 'native': Kubernetes 1.20.2 with several nodes on this one machine, without Docker.
# shellcheck source=../lib/daemon.sh
. "$HACK/lib/daemon.sh"
for part in settings machine pki control-plane objects images node; do
  # shellcheck source=/dev/null
  . "$CLUSTER_D/native/$part.sh"
done

native_kubeconfig() { printf '%s\n' "$KUBECONFIGS/admin.conf"; }
native_audit() { printf '%s\n' "$RUN/audit.log"; }

native_up() { # NODES
  [ "$1" -le "$MAX_NODES" ] || die "at most $MAX_NODES nodes, not $1"
  check_machine
  ensure_binaries
  need_packages "the cluster's nodes" containerd runc containernetworking-plugins iptables conntrack iproute2 openssl procps util-linux
  mkdir -p "$RUN" "$LOGS" "$PIDS" "$PRELOADED"
  locked cluster bring_up "$1"
}

bring_up() {
  local nodes=$1 n
  if all_run "$nodes" && nodes_ready "$nodes"; then
    apply_objects
    say "the cluster is up: $(kubectl_admin get nodes --no-headers | wc -l) nodes, Kubernetes 1.20.2"
    return
  fi
  announce_changes
  make_pki
  pack_pause_image
  keep_sysctls
  make_bridge
  start_etcd "$nodes"
  say "etcd answers"
  start_apiserver
  for n in $(seq "$nodes"); do start_node "$n"; done
  await_apiserver
  say "the API server answers"
  start_controllers
  await_controllers
  say "controllers, scheduler and DNS are ready"
  apply_objects
  wait_for 120 "$nodes nodes to be Ready" nodes_ready "$nodes" || die "not all of $nodes nodes are Ready" "hack/cluster status shows which; logs are in $LOGS."
  say "$nodes nodes are Ready; KUBECONFIG=$KUBECONFIGS/admin.conf"
}

all_run() {
  local p
  for p in "${CONTROL_PLANE[@]}" $(seq -f 'node%.0f' "$1"); do alive "$p" || return 1; done
  for p in $(seq "$1"); do link_is_up "$p" || return 1; done
}

nodes_ready() {
  local n
  for n in $(seq "$1"); do
    kubectl_admin get node "node$n" --no-headers | grep -q ' Ready' || return 1
  done
}

pack_pause_image() {
  local root
  [ ! "$PRELOADED/pause.tar" -nt "$WA_BIN/pause" ] || return 0
  root=$(mktemp -d "$RUN/pause.XXXXXX")
  cp "$WA_BIN/pause" "$root/"
  chmod 755 "$root" "$root/pause"
  pack_image "$PRELOADED/pause.tar" "$PAUSE_IMAGE" "$root" '{"Entrypoint":["/pause"]}'
  rm -rf "$root"
}

native_down() { # [--wipe]
  need_root "hack/cluster down"
  [ -d "$RUN" ] || {
    say "there is no cluster in $RUN"
    return
  }
  locked cluster take_down
  if [ "${1:-}" = --wipe ]; then
    rm -rf "$RUN"
    say "removed $RUN"
  fi
}

take_down() {
  stop_everything
  unmount_etcd
  ! bridge_exists || ip link del "$BRIDGE" # its routes go with it
  restore_sysctls
  say "the cluster is down; the nodes' images stay in $RUN"
}

# unmount_etcd: what was killed a moment ago may still hold it.
unmount_etcd() {
  local i
  for ((i = 0; i < 50; i++)); do
    if ! mountpoint -q "$RUN/etcd" || umount "$RUN/etcd" 2>/dev/null; then return; fi
    sleep 0.2
  done
  umount "$RUN/etcd"
}

stop_everything() {
  local n i
  for n in $(known_nodes); do kill_node "$n"; done
  for ((i = ${#CONTROL_PLANE[@]} - 1; i >= 0; i--)); do stop "${CONTROL_PLANE[i]}" KILL; done # nothing of theirs is kept
}

native_status() {
  local p rc=0 note
  for p in "${CONTROL_PLANE[@]}" $(known_nodes | sed 's/^/node/'); do
    if ! alive "$p"; then
      rc=1
      note="not running"
    else
      note="pid $(pid_of "$p")"
      [[ $p != node* ]] || link_is_up "${p#node}" || note+=", link down"
      [[ $p != node* ]] || ! cut_off_from "${p#node}" | grep -q . || note+=", cut off from $(cut_off_from "${p#node}" | paste -sd ' ')"
    fi
    printf '%-24s %s\n' "$p" "$note"
  done
  ! alive kube-apiserver || kubectl_admin get nodes -o wide || rc=1
  return $rc
}

native_load() { # TAR...
  local tar n loads=()
  for tar; do ln -sfn "$(readlink -f "$tar")" "$PRELOADED/$(basename "$tar")"; done
  for n in $(known_nodes); do
    alive "node$n" || continue
    node_exec "$n" "$CLUSTER_D/native/load" "node$n" "$@" &
    loads+=($!)
  done
  for n in "${loads[@]}"; do wait "$n"; done
}

native_node_exec() { node_exec "$@"; }

native_node_kill() {
  must_run "$1"
  locked cluster kill_node "$1"
  say "node$1 has no power"
}

native_node_start() {
  [ -d "$RUN/node$1" ] || die "there is no node$1" "hack/cluster up --nodes $1 adds it."
  alive kube-apiserver || die "the cluster is down" "hack/cluster up starts it."
  locked cluster start_node "$1"
  say "node$1 boots"
}

native_unplug() { set_link "$1" down; }
native_plug() { set_link "$1" up; }

set_link() { # N up|down: at the host's end
  must_run "$1"
  ip link set "$(node_link "$1")" "$2"
  route_services
}
