# shellcheck shell=bash
# The simulator's phones scan the codes that the sessions show.

# control METHOD PATH: the simulator's control API through the API server, so that it works wherever kubectl does.
control() { kubectl "$1" --raw "/api/v1/namespaces/$NS/services/wa-simulator:control/proxy$2" "${@:3}"; }

# scan_all: every sample session that waits for a scan gets one.
scan_all() {
  local names
  say "waiting for codes, and scanning them"
  names=$(kubectl -n "$SAMPLES" get whatsappsessions -o name)
  local end=$((SECONDS + 180)) name left
  while :; do
    left=0
    for name in $names; do scan "$name" || left=$((left + 1)); done
    [ $left -gt 0 ] || return 0
    if [ $SECONDS -ge $end ]; then
      kubectl -n "$SAMPLES" get whatsappsessions -o wide >&2
      die "$left session(s) showed no code and are not paired" \
        "Why: kubectl -n $SAMPLES describe whatsappsession NAME; kubectl -n $NS logs deploy/wa-operator"
    fi
    sleep 0.5
  done
}

# scan SESSION: true when it is paired already, or its code was scanned.
scan() {
  local name=${1##*/} phone code paired
  paired=$(kubectl -n "$SAMPLES" get whatsappsession "$name" -o jsonpath='{.status.conditions[?(@.type=="Paired")].status}')
  [ "$paired" != True ] || return 0
  code=$(kubectl -n "$SAMPLES" get secret "$name-pairing" -o jsonpath='{.data.qr}' 2>/dev/null | base64 -d) || return 1
  [ -n "$code" ] || return 1
  phone=$(kubectl -n "$SAMPLES" get whatsappsession "$name" -o jsonpath='{.spec.phoneNumber}')
  # A code that was replaced a moment ago is refused; the next round tries the new one.
  printf '{"qr":"%s"}' "$code" | control create "/phones/$phone/scan" -f - >/dev/null 2>&1 || return 1
  say "the phone of $name scanned its code"
}
