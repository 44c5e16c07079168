{{/* What the operator may do in a namespace that it looks after. */}}
{{- define "wa.rules" -}}
- apiGroups: [whatsapp.wa-operator.io]
  resources: [whatsapptenants, whatsappsessions, whatsappsessionpools]
  verbs: [get, list, watch, patch]
# Webhooks have no finalizer.
- apiGroups: [whatsapp.wa-operator.io]
  resources: [whatsappwebhooks]
  verbs: [get, list, watch]
- apiGroups: [whatsapp.wa-operator.io]
  resources: [whatsapptenants/status, whatsappsessions/status, whatsappsessionpools/status, whatsappwebhooks/status]
  verbs: [patch]
# Owning an object with blockOwnerDeletion needs this where OwnerReferencesPermissionEnforcement is on.
- apiGroups: [whatsapp.wa-operator.io]
  resources: [whatsapptenants/finalizers, whatsappsessions/finalizers, whatsappsessionpools/finalizers]
  verbs: [update]
# The pools' workloads. They go with their pool, by its being their owner.
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch]
# Their pods are watched for the end of their containers, and deleted one by one in a rollout.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, delete]
# Pairing codes; proxies, API keys and secrets of webhooks by reference. Secrets are neither listed nor watched: only names that a resource gives are read.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create, patch, delete]
# Listed only while a pod of a pool is missing: why Kubernetes does not make it stands in the StatefulSet's events and nowhere else.
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch, list]
{{- end -}}
