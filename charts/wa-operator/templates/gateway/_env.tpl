{{/* Ports of the gateway's container. */}}
{{- define "wa.gatewayPort" -}}8080{{- end -}}
{{- define "wa.gatewayHealthPort" -}}8081{{- end -}}

{{/* The port on which session pods serve the tenant API. */}}
{{- define "wa.podApiPort" -}}8081{{- end -}}

{{/* The gateway's settings. */}}
{{- define "wa.gatewayEnv" -}}
{{ include "wa.secretEnv" (list "WA__Database__ConnectionString" .Values.database.gateway.existingSecret .Values.database.gateway.key) }}
{{- with .Values.redis.existingSecret }}
{{ include "wa.secretEnv" (list "WA__Redis__Configuration" . $.Values.redis.key) }}
{{- if $.Values.redis.ca.existingSecret }}
- name: WA__Redis__CaFile
  value: /run/secrets/wa/redis-ca/ca.pem
{{- end }}
{{- end }}
- name: WA__Gateway__Port
  value: {{ include "wa.gatewayPort" . | quote }}
- name: WA__Gateway__HealthPort
  value: {{ include "wa.gatewayHealthPort" . | quote }}
- name: WA__Gateway__PodApiPort
  value: {{ include "wa.podApiPort" . | quote }}
- name: WA__Gateway__HoldSeconds
  value: {{ .Values.gateway.hold.seconds | int64 | quote }}
- name: WA__Gateway__PlannedHoldSeconds
  value: {{ .Values.gateway.hold.plannedSeconds | int64 | quote }}
- name: WA__Gateway__MaxHeld
  value: {{ .Values.gateway.hold.requests | int64 | quote }}
- name: WA__Gateway__MaxHeldMiB
  value: {{ .Values.gateway.hold.memoryMiB | int64 | quote }}
- name: WA__Gateway__ResendPercent
  value: {{ .Values.gateway.resendPercent | int64 | quote }}
- name: WA__Gateway__Kubernetes
  value: {{ .Values.gateway.manageSessions | quote }}
{{- with .Values.gateway.allowedOrigins }}
- name: WA__Gateway__AllowedOrigins
  value: {{ join "," . | quote }}
{{- end }}
{{- if .Values.gateway.tls.existingSecret }}
- name: WA__Gateway__TlsCertificateFile
  value: /run/secrets/wa/tls/tls.crt
- name: WA__Gateway__TlsKeyFile
  value: /run/secrets/wa/tls/tls.key
{{- end }}
- name: Logging__LogLevel__Default
  value: {{ .Values.gateway.logLevel }}
{{- with .Values.gateway.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
