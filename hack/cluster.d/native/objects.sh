# shellcheck shell=bash
# What the native cluster's API server holds from the start: the DNS service, and local volumes.

VOLUMES_PER_NODE=4

apply_objects() {
  local volumes slices=discovery.k8s.io/v1
  volumes=$(renew_volumes)
  kubectl_admin get --raw "/apis/$slices" >/dev/null 2>&1 || slices=discovery.k8s.io/v1beta1 # before 1.21
  { dns_and_storage_class "$slices"; printf '%s\n' "$volumes"; } | kubectl_admin apply -f - >/dev/null
}

dns_and_storage_class() { # VERSION-OF-ENDPOINTSLICES
  cat <<E
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: $DNS_IP, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]}
---
apiVersion: $1
kind: EndpointSlice
metadata:
  name: kube-dns
  namespace: kube-system
  labels: {kubernetes.io/service-name: kube-dns, endpointslice.kubernetes.io/managed-by: hack-cluster}
addressType: IPv4
endpoints: [{addresses: [$HOST_IP], conditions: {ready: true}}]
ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
E
}

# renew_volumes: a few ready-made local volumes per node, since there is no provisioner here. One whose claim is gone is
# emptied and offered again.
renew_volumes() {
  local n v name phase phases
  phases=$(kubectl_admin get persistentvolumes -o 'jsonpath={range .items[*]}{.metadata.name}={.status.phase}{"\n"}{end}')
  for n in $(known_nodes); do
    for v in $(seq $VOLUMES_PER_NODE); do
      name="node$n-$v"
      phase=$(sed -n "s/^$name=//p" <<<"$phases")
      case $phase in
        '') ;;
        Released | Failed) kubectl_admin delete persistentvolume "$name" >/dev/null ;;
        *) continue ;;
      esac
      rm -rf "$RUN/node$n/volumes/$v"
      mkdir -p "$RUN/node$n/volumes/$v"
      cat <<E
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: $name}
spec:
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: local
  local: {path: $RUN/node$n/volumes/$v}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node$n]}]}]}}
E
    done
  done
}
