# shellcheck shell=bash
# Certificates and kubeconfigs, by openssl alone (EC keys: quick).

EC=(ec -pkeyopt ec_paramgen_curve:prime256v1)
PKI_FOR="2 $HOST_IP $SERVICE_NET" # another number when the certificates below are others

make_pki() {
  [ "$(cat "$PKI/for" 2>/dev/null)" = "$PKI_FOR" ] && return
  rm -rf "$PKI" "$KUBECONFIGS"
  mkdir -p "$PKI" "$KUBECONFIGS"
  chmod 700 "$PKI" "$KUBECONFIGS"
  make_ca ca kubernetes-ca
  make_ca front-proxy-ca front-proxy-ca
  openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
  openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null
  certificate ca apiserver /CN=kube-apiserver \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.$DOMAIN,DNS:localhost,IP:127.0.0.1,IP:$HOST_IP,IP:$SERVICE_NET.0.1"
  certificate ca apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  certificate front-proxy-ca front-proxy-client /CN=front-proxy-client
  user admin /O=system:masters/CN=admin
  user controller-manager /CN=system:kube-controller-manager
  user scheduler /CN=system:kube-scheduler
  user kube-proxy /CN=system:kube-proxy
  user cluster-dns /CN=system:kube-proxy # every API server lets it list and watch Services and EndpointSlices
  echo "$PKI_FOR" >"$PKI/for"
}

make_ca() { # NAME COMMON-NAME
  openssl req -x509 -newkey "${EC[@]}" -nodes -days 3650 -subj "/CN=$2" -keyout "$PKI/$1.key" -out "$PKI/$1.crt" 2>/dev/null
}

certificate() { # CA NAME SUBJECT [ALTERNATIVE-NAMES]
  local f="$PKI/$2"
  {
    printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n'
    [ -z "${4:-}" ] || printf 'subjectAltName=%s\n' "$4"
  } >"$f.ext"
  openssl req -newkey "${EC[@]}" -nodes -subj "$3" -keyout "$f.key" -out "$f.csr" 2>/dev/null
  openssl x509 -req -in "$f.csr" -CA "$PKI/$1.crt" -CAkey "$PKI/$1.key" -CAcreateserial -days 3650 -extfile "$f.ext" -out "$f.crt" 2>/dev/null
  rm -f "$f.csr" "$f.ext"
}

user() { # NAME SUBJECT [ALTERNATIVE-NAMES]: a certificate and its kubeconfig
  certificate ca "$@"
  cat >"$KUBECONFIGS/$1.conf" <<E
apiVersion: v1
kind: Config
clusters:
- name: wa-operator
  cluster: {server: "$API", certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")}
users:
- name: $1
  user: {client-certificate-data: $(base64 -w0 "$PKI/$1.crt"), client-key-data: $(base64 -w0 "$PKI/$1.key")}
contexts:
- name: wa-operator
  context: {cluster: wa-operator, user: $1}
current-context: wa-operator
E
}
