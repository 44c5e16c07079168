# shellcheck shell=bash
# A cut between one node (with its pods) and one address, by rules of our own inside the node. Packets vanish silently in
# both directions; connections that stand are cut too. Works with every backend that can run a command in a node.

# Before Service addresses are translated, and after: an address may be a Service's, a pod's or a host's.
CUT_CHAINS=(raw:PREROUTING raw:OUTPUT mangle:POSTROUTING)

cut_off() { # N ADDRESS
  local n=$1 ip=$2 chain direction
  for chain in "${CUT_CHAINS[@]}"; do
    in_node "$n" iptables -w -t "${chain%:*}" -N "WAO-${chain#*:}" 2>/dev/null &&
      in_node "$n" iptables -w -t "${chain%:*}" -I "${chain#*:}" -j "WAO-${chain#*:}"
    for direction in -s -d; do
      in_node "$n" iptables -w -t "${chain%:*}" -C "WAO-${chain#*:}" $direction "$ip" -j DROP 2>/dev/null ||
        in_node "$n" iptables -w -t "${chain%:*}" -A "WAO-${chain#*:}" $direction "$ip" -j DROP
    done
  done
}

heal_cut() { # N [ADDRESS]: one address, or all
  local n=$1 ip=${2:-} chain direction
  for chain in "${CUT_CHAINS[@]}"; do
    if [ -z "$ip" ]; then
      in_node "$n" iptables -w -t "${chain%:*}" -F "WAO-${chain#*:}" 2>/dev/null || true
      continue
    fi
    for direction in -s -d; do
      in_node "$n" iptables -w -t "${chain%:*}" -D "WAO-${chain#*:}" $direction "$ip" -j DROP 2>/dev/null || true
    done
  done
}

# cut_off_from N: the addresses that the node is cut off from.
cut_off_from() {
  in_node "$1" iptables -w -t raw -S WAO-PREROUTING 2>/dev/null | sed -n 's/.* -d \([0-9.]*\).*/\1/p'
}
