{{/* The operator's settings. Lists are numbered from 0, as .NET's configuration reads them. */}}
{{- define "wa.operatorEnv" -}}
{{- with .Values.operator.leaderElection -}}
{{- if le (int .leaseSeconds) (int .renewSeconds) -}}
{{- fail "operator.leaderElection.leaseSeconds must be greater than renewSeconds" -}}
{{- end -}}
{{- if le (int .renewSeconds) (int .retrySeconds) -}}
{{- fail "operator.leaderElection.renewSeconds must be greater than retrySeconds" -}}
{{- end -}}
{{- end -}}
- name: WA__Pod__Name
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: WA__Pod__Namespace
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{ include "wa.secretEnv" (list "WA__Database__ConnectionString" .Values.database.operator.existingSecret .Values.database.operator.key) }}
{{- with .Values.redis.existingSecret }}
{{ include "wa.secretEnv" (list "WA__Redis__Configuration" . $.Values.redis.key) }}
{{- if $.Values.redis.ca.existingSecret }}
- name: WA__Redis__CaFile
  value: /run/secrets/wa/redis-ca/ca.pem
{{- end }}
{{- end }}
- name: WA__Leader__LeaseName
  value: {{ include "wa.name" . }}
- name: WA__Leader__LeaseSeconds
  value: {{ .Values.operator.leaderElection.leaseSeconds | quote }}
- name: WA__Leader__RenewSeconds
  value: {{ .Values.operator.leaderElection.renewSeconds | quote }}
- name: WA__Leader__RetrySeconds
  value: {{ .Values.operator.leaderElection.retrySeconds | quote }}
{{- with include "wa.namespacesEnv" . }}
{{ . }}
{{- end }}
{{- range $i, $pool := .Values.sharedPools }}
- name: WA__SharedPools__{{ $i }}
  value: {{ $pool | quote }}
{{- end }}
- name: WA__Removal__Sessions
  value: {{ .Values.removal.sessions | int64 | quote }}
- name: WA__Removal__Percent
  value: {{ .Values.removal.percent | int64 | quote }}
- name: WA__Removal__Minutes
  value: {{ .Values.removal.minutes | quote }}
- name: WA__Claims__UnpairedHours
  value: {{ .Values.claims.unpairedHours | quote }}
- name: WA__Claims__RetainedDays
  value: {{ .Values.claims.retainedDays | quote }}
{{- with .Values.operator.replacesInstallation }}
- name: WA__Installation__Replaces
  value: {{ . | quote }}
{{- end }}
- name: WA__ReadNodes
  value: {{ .Values.rbac.readNodes | quote }}
- name: WA__SessionPod__RunAsUser
  value: {{ if kindIs "invalid" .Values.sessionPod.runAsUser }}""{{ else }}{{ .Values.sessionPod.runAsUser | int64 | quote }}{{ end }}
- name: WA__SessionPod__Image
  value: {{ include "wa.image" (list . .Values.sessionPod.image) }}
{{- with .Values.image.pullPolicy }}
- name: WA__SessionPod__ImagePullPolicy
  value: {{ . | quote }}
{{- end }}
{{- range $i, $secret := .Values.image.pullSecrets }}
- name: WA__SessionPod__ImagePullSecrets__{{ $i }}
  value: {{ $secret | quote }}
{{- end }}
{{- if .Values.defaultPool.enabled }}
- name: WA__DefaultPool__ConfigMap
  value: {{ include "wa.name" . }}-default-pool
{{- end }}
- name: Logging__LogLevel__Default
  value: {{ .Values.operator.logLevel }}
{{- with .Values.operator.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
