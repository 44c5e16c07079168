# shellcheck shell=bash
# The tenant API through the gateway: a key for one of the sample tenants, and a curl that works.

TENANT=bakery
SENDER=bakery-orders
RECIPIENT=491700000002 # of bakery-support

# give_key: the tenant gets an API key. A second run keeps it.
give_key() {
  kubectl -n "$SAMPLES" get secret "$TENANT-api" >/dev/null 2>&1 || {
    say "making the Secret $SAMPLES/$TENANT-api"
    openssl rand -hex 32 | tr -d '\n' | kubectl -n "$SAMPLES" create secret generic "$TENANT-api" --from-file=key=/dev/stdin >/dev/null
  }
  kubectl -n "$SAMPLES" patch whatsapptenant "$TENANT" --type merge \
    -p "{\"spec\":{\"apiKeySecretRefs\":[{\"name\":\"$TENANT-api\",\"key\":\"key\"}]}}" >/dev/null
  (umask 077 && kubectl -n "$SAMPLES" get secret "$TENANT-api" -o jsonpath='{.data.key}' | base64 -d >"$LOGS/api-key")
}

# give_webhook_secret: what signs the tenant's webhook. A second run keeps it.
give_webhook_secret() {
  kubectl -n "$SAMPLES" get secret "$TENANT-webhook" >/dev/null 2>&1 || {
    say "making the Secret $SAMPLES/$TENANT-webhook"
    printf 'whsec_%s' "$(openssl rand -base64 32)" |
      kubectl -n "$SAMPLES" create secret generic "$TENANT-webhook" --from-file=secret=/dev/stdin >/dev/null
  }
}

# reach_gateway: sets GATEWAY to its address, and FORWARD to what has to run for it. The native cluster's host reaches Services by
# itself; elsewhere kubectl forwards a port, here while this script runs.
reach_gateway() {
  FORWARD=''
  if [ "$("$HACK/cluster" backend)" = native ]; then
    GATEWAY=http://$(kubectl -n "$NS" get service "$RELEASE-gateway" -o jsonpath='{.spec.clusterIP}')
    return
  fi
  GATEWAY=http://127.0.0.1:18080
  FORWARD="$(command -v kubectl) --kubeconfig $KUBECONFIG -n $NS port-forward service/$RELEASE-gateway 18080:80"
  $FORWARD >"$LOGS/port-forward.log" 2>&1 &
  # shellcheck disable=SC2064 # the process of now
  trap "kill $! 2>/dev/null || true" EXIT
}

api() { # PATH [OPTION...]: through the gateway, with the tenant's key
  curl -fsS --max-time 20 -H "Authorization: Bearer $(cat "$LOGS/api-key")" "${@:2}" "$GATEWAY$1"
}

# show_api: waits until the gateway knows the key, and prints a command that sends a message.
show_api() {
  reach_gateway
  say "waiting for the tenant API at $GATEWAY"
  wait_for 90 "the gateway to answer for $SAMPLES/$SENDER" api "/v1/sessions/$SAMPLES/$SENDER" || {
    api "/v1/sessions/$SAMPLES/$SENDER" >&2 || true
    die "the gateway does not answer for $SAMPLES/$SENDER" \
      "Why: kubectl -n $NS logs deploy/$RELEASE-gateway; kubectl -n $SAMPLES describe whatsapptenant $TENANT"
  }
  echo "Send a message through the gateway:"
  printf "%scurl -sS --retry 5 --retry-connrefused -H \"Authorization: Bearer \$(cat %s)\" -H 'Content-Type: application/json' -d '%s' %s\n" \
    "${FORWARD:+$FORWARD >/dev/null & }" "$LOGS/api-key" "{\"to\":\"$RECIPIENT\",\"text\":\"hello\"}" \
    "$GATEWAY/v1/sessions/$SAMPLES/$SENDER/messages"
}
