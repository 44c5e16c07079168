# shellcheck shell=bash
# The Secrets that the chart refers to and never makes itself: rendering it twice must give the same bytes, and a master key
# that a render could replace would make every stored key unreadable. Each is made once and kept.

make_secrets() {
  local dir
  ! lacks_gateway || die "the Secret $NS/wa-database is of an earlier version: it has no connection string for the gateway" \
    "hack/demo --down removes the demo; then run hack/demo again."
  kubectl create namespace "$NS" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  kubectl create namespace "$SAMPLES" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  dir=$(mktemp -d)
  (
    umask 077
    cd "$dir" || exit 1
    have_secret wa-master-key || master_key_secret
    have_secret wa-database || database_secret
    have_secret wa-redis || redis_secret
    have_secret wa-demo-simulator-tls || tls_secret
    have_secret wa-demo-simulator-root || root_key_secret
  )
  rm -rf "$dir"
}

have_secret() { kubectl -n "$NS" get secret "$1" >/dev/null 2>&1; }
lacks_gateway() { have_secret wa-database && [ -z "$(kubectl -n "$NS" get secret wa-database -o jsonpath='{.data.gateway-dsn}')" ]; }
make_secret() {
  say "making the Secret $NS/$1"
  kubectl -n "$NS" create secret generic "$@" >/dev/null
}

master_key_secret() {
  head -c 32 /dev/urandom | base64 -w0 >key
  make_secret wa-master-key --from-file=key
}

database_secret() {
  local admin pod gateway host="wa-postgresql.$NS.svc"
  admin=$(openssl rand -hex 16)
  pod=$(openssl rand -hex 16)
  gateway=$(openssl rand -hex 16)
  printf 'Host=%s;Port=5432;Database=wa;Username=wa;Password=%s' "$host" "$admin" >operator-dsn
  printf 'Host=%s;Port=5432;Database=wa;Username=wa_pod;Password=%s' "$host" "$pod" >pod-dsn
  printf 'Host=%s;Port=5432;Database=wa;Username=wa_gateway;Password=%s' "$host" "$gateway" >gateway-dsn
  printf '%s' "$admin" >password
  {
    printf "create role wa_pod login password '%s';\n" "$pod"
    printf "create role wa_gateway login password '%s';\n" "$gateway"
    printf 'revoke connect on database postgres, template1 from public;\n'
  } >init.sql
  make_secret wa-database --from-file=operator-dsn --from-file=pod-dsn --from-file=gateway-dsn --from-file=password --from-file=init.sql
}

redis_secret() {
  printf 'wa-redis.%s.svc:6379' "$NS" >url
  make_secret wa-redis --from-file=url
}

tls_secret() {
  local name=wa-simulator
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=WaOperator demo CA" \
    -keyout ca.key -out ca.crt 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -keyout tls.key -out tls.csr 2>/dev/null
  printf 'subjectAltName=DNS:%s,DNS:%s.%s,DNS:%s.%s.svc,DNS:%s.%s.svc.cluster.local,DNS:localhost,IP:127.0.0.1\n' \
    $name $name "$NS" $name "$NS" $name "$NS" >ext
  openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile ext -out tls.crt 2>/dev/null
  make_secret wa-demo-simulator-tls --from-file=tls.crt --from-file=tls.key --from-file=ca.crt
}

# The root of the simulator's Noise certificates: pods get the public half as their root key.
root_key_secret() {
  openssl genpkey -algorithm X25519 -outform DER -out root.der 2>/dev/null
  tail -c 32 root.der | od -An -v -tx1 | tr -d ' \n' >root.key
  openssl pkey -inform DER -in root.der -pubout -outform DER 2>/dev/null | tail -c 32 | od -An -v -tx1 | tr -d ' \n' >root.pub
  make_secret wa-demo-simulator-root --from-file=root.key --from-file=root.pub
}
