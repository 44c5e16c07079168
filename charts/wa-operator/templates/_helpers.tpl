{{/*
Name of the operator's objects: the release's name, with the chart's unless it holds it already. A Service's name may hold no dot
and must begin with a letter, which a release's name need not.
*/}}
{{- define "wa.name" -}}
{{- $name := .Release.Name | replace "." "-" -}}
{{- if not (contains .Chart.Name $name) }}{{ $name = printf "%s-%s" $name .Chart.Name }}{{ end -}}
{{- if not (regexMatch "^[a-z]" $name) }}{{ $name = printf "wa-%s" $name }}{{ end -}}
{{- $name | trunc 48 | trimSuffix "-" -}}
{{- end -}}

{{/*
Name of what lies outside the release's namespace: two releases must not share it. The dot, which neither part can hold, keeps
namespace "a" with "b-c" apart from namespace "a-b" with "c".
*/}}
{{- define "wa.clusterName" -}}
{{- printf "%s.%s" .Release.Namespace (include "wa.name" .) -}}
{{- end -}}

{{- define "wa.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "wa.name" .) "default" .Values.serviceAccount.create) }}
{{- end -}}

{{/* Labels of everything. */}}
{{- define "wa.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/part-of: wa-operator
app.kubernetes.io/instance: {{ .Release.Name | quote }}
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
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
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
{{- $image := index . 1 -}}
{{- $version := printf ":%s" ($root.Values.image.tag | default $root.Chart.AppVersion) -}}
{{- with $image.digest }}{{ $version = printf "@%s" . }}{{ end -}}
{{- include "wa.registryImage" (list $root (printf "%s%s" $image.repository $version)) -}}
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
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* An environment variable from a Secret; call with (list "NAME" "secret" "key"). */}}
{{- define "wa.secretEnv" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 | quote }}
      key: {{ index . 2 | quote }}
{{- end -}}

{{/* Restricted Pod Security; call with the user, or with null to let the platform choose one. */}}
{{- define "wa.podSecurity" -}}
runAsNonRoot: true
{{- if not (kindIs "invalid" .) }}
runAsUser: {{ . | int64 }}
runAsGroup: {{ . | int64 }}
fsGroup: {{ . | int64 }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "wa.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* "true" when every namespace is managed. */}}
{{- define "wa.clusterWide" -}}
{{- if and .Values.watchAllNamespaces .Values.watchNamespaces -}}
{{- fail "watchAllNamespaces and watchNamespaces exclude each other: give the list, or set watchAllNamespaces" -}}
{{- end -}}
{{- if .Values.watchAllNamespaces }}true{{ end -}}
{{- end -}}

{{/* The namespaces that are managed, as JSON; none when it is all. The release's own is always among them. */}}
{{- define "wa.namespaces" -}}
{{- if include "wa.clusterWide" . }}[]{{ else }}{{ append .Values.watchNamespaces .Release.Namespace | uniq | sortAlpha | toJson }}{{ end -}}
{{- end -}}

{{- define "wa.namespacesEnv" -}}
{{- range $i, $namespace := include "wa.namespaces" . | fromJsonArray }}
{{- if $i }}{{ "\n" }}{{ end -}}
- name: WA__Namespaces__{{ $i }}
  value: {{ $namespace | quote }}
{{- end }}
{{- end -}}

{{/* Runs after the release was removed, and leaves nothing behind; call with the weight. */}}
{{- define "wa.uninstallHook" -}}
helm.sh/hook: post-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
