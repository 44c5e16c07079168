{{/* Name of the operator's objects: the release's name, with the chart's unless it holds it already. */}}
{{- define "wa.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end -}}

{{- define "wa.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "wa.name" .) "default" .Values.serviceAccount.create) }}
{{- end -}}

{{/* Labels of everything. */}}
{{- define "wa.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/part-of: wa-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* Labels of an object of one part; call with (list $ "operator"). */}}
{{- define "wa.labelsOf" -}}
{{ include "wa.labels" (index . 0) }}
app.kubernetes.io/name: wa-operator
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels that select the pods of one part; call with (list $ "operator"). */}}
{{- define "wa.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: wa-operator
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels of the operator's session pods of any pool; they carry no release, since pools outlive it. */}}
{{- define "wa.sessionPodSelector" -}}
app.kubernetes.io/managed-by: wa-operator
app.kubernetes.io/component: session-pod
{{- end -}}

{{/* An image with the registry before it; call with (list $ "name:tag"). */}}
{{- define "wa.registryImage" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ index . 1 }}
{{- end -}}

{{/* One of our own images; call with (list $ .Values.operator.image). */}}
{{- define "wa.image" -}}
{{- $root := index . 0 -}}
{{- $tag := $root.Values.image.tag | default $root.Chart.AppVersion -}}
{{- include "wa.registryImage" (list $root (printf "%s:%s" (index . 1).repository $tag)) -}}
{{- end -}}

{{- define "wa.pullPolicy" -}}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end -}}

{{- define "wa.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* An environment variable from a Secret; call with (list "NAME" "secret" "key"). */}}
{{- define "wa.secretEnv" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
{{- end -}}

{{/* Restricted Pod Security; call with the uid. */}}
{{- define "wa.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "wa.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The namespaces that are looked after, as JSON; none when it is all. The release's own is always among them. */}}
{{- define "wa.namespaces" -}}
{{- if .Values.watchNamespaces }}{{ append .Values.watchNamespaces .Release.Namespace | uniq | sortAlpha | toJson }}{{ else }}[]{{ end -}}
{{- end -}}

{{- define "wa.namespacesEnv" -}}
{{- range $i, $namespace := include "wa.namespaces" . | fromJsonArray }}
{{- if $i }}{{ "\n" }}{{ end -}}
- name: WA__Namespaces__{{ $i }}
  value: {{ $namespace }}
{{- end }}
{{- end -}}

{{/* Runs after the release was removed, and leaves nothing behind; call with the weight. */}}
{{- define "wa.uninstallHook" -}}
helm.sh/hook: post-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
