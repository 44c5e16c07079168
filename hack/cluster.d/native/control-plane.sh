# shellcheck shell=bash
# etcd, API server, controller manager, scheduler and cluster DNS, on the host.
# start_etcd NODES: its data are on a tmpfs, since this cluster is not meant to outlive the machine and a commit then costs no
# disk flush. No data means a new cluster.
start_etcd() {
  mkdir -p "$RUN/etcd"
  if ! mountpoint -q "$RUN/etcd"; then
    stop_everything # whatever runs belongs to a cluster whose data are gone
    mount -t tmpfs -o size=4g,mode=700 wa-operator-etcd "$RUN/etcd"
    forget_pods "$1"
    rm -f "$RUN"/audit*.log
  fi
  daemon etcd "$WA_BIN/etcd" --name wa-operator --data-dir "$RUN/etcd/data" \
    --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
    --initial-cluster "wa-operator=http://127.0.0.1:$ETCD_PEER_PORT"
  ready 30 etcd curl -fs "http://127.0.0.1:$ETCD_PORT/health"
}

start_apiserver() {
  cp "$CLUSTER_D/audit-policy.yaml" "$RUN/audit-policy.yaml"
  daemon kube-apiserver "$WA_BIN/kube-apiserver" --advertise-address="$HOST_IP" --bind-address="$HOST_IP" --secure-port=6443 \
    --etcd-servers="http://127.0.0.1:$ETCD_PORT" --service-cluster-ip-range="$SERVICE_CIDR" \
    --client-ca-file="$PKI/ca.crt" --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --cert-dir="$RUN" \
    --kubelet-client-certificate="$PKI/apiserver-kubelet-client.crt" --kubelet-client-key="$PKI/apiserver-kubelet-client.key" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key" \
    --service-account-issuer="https://kubernetes.default.svc.$DOMAIN" \
    --requestheader-client-ca-file="$PKI/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$PKI/front-proxy-client.crt" --proxy-client-key-file="$PKI/front-proxy-client.key" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
    --audit-policy-file="$RUN/audit-policy.yaml" --audit-log-path="$RUN/audit.log" --audit-log-maxsize=200 --audit-log-maxbackup=2
}

await_apiserver() { ready 90 kube-apiserver curl -fs --cacert "$PKI/ca.crt" "$API/readyz"; }

start_controllers() {
  local c="$KUBECONFIGS/controller-manager.conf" s="$KUBECONFIGS/scheduler.conf"
  daemon kube-controller-manager "$WA_BIN/kube-controller-manager" \
    --kubeconfig="$c" --authentication-kubeconfig="$c" --authorization-kubeconfig="$c" \
    --bind-address=127.0.0.1 --secure-port="$CONTROLLER_MANAGER_PORT" --port=0 --cert-dir="$RUN" \
    --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" --root-ca-file="$PKI/ca.crt" \
    --service-account-private-key-file="$PKI/sa.key" --use-service-account-credentials=true --controllers='*' --leader-elect=false \
    --allocate-node-cidrs=false --cluster-cidr="$POD_NET.0.0/16" --node-monitor-period=2s --node-monitor-grace-period="$NODE_GRACE"
  daemon kube-scheduler "$WA_BIN/kube-scheduler" \
    --kubeconfig="$s" --authentication-kubeconfig="$s" --authorization-kubeconfig="$s" \
    --bind-address=127.0.0.1 --secure-port="$SCHEDULER_PORT" --port=0 --cert-dir="$RUN" --leader-elect=false
  daemon cluster-dns "$WA_BIN/cluster-dns" -kubeconfig "$KUBECONFIGS/cluster-dns.conf" -listen "$HOST_IP:53" -domain "$DOMAIN"
}

await_controllers() {
  ready 60 kube-controller-manager curl -fsk "https://127.0.0.1:$CONTROLLER_MANAGER_PORT/healthz"
  ready 60 kube-scheduler curl -fsk "https://127.0.0.1:$SCHEDULER_PORT/healthz"
  ready 60 cluster-dns bash -c "exec 3<>/dev/tcp/$HOST_IP/53"
  wait_for 60 "the default service account" kubectl_admin -n default get serviceaccount default ||
    die "the controller manager makes no service account" "See $LOGS/kube-controller-manager.log."
}

kubectl_admin() { "$WA_BIN/kubectl" --kubeconfig "$KUBECONFIGS/admin.conf" "$@"; }
