{{/*
"helm upgrade --reuse-values" takes all values from the older release, so a group of values that is newer than it is not there. What
is missing comes from the copy of values.yaml in files/. Only whole groups are filled in: a single value that is absent from a group
was set to null, which is how Helm removes a default. Every template that makes objects includes this first.
*/}}
{{- define "wa.defaults" -}}
{{- include "wa.fill" (dict "into" .Values "from" (.Files.Get "files/values.yaml" | fromYaml)) -}}
{{- if not (hasKey .Values "watchAllNamespaces") -}}
{{- /* Before this value was there, no list meant all namespaces. */ -}}
{{- $_ := set .Values "watchAllNamespaces" (empty .Values.watchNamespaces) -}}
{{- end -}}
{{- end -}}

{{- define "wa.fill" -}}
{{- range $key, $default := .from -}}
{{- if kindIs "map" $default -}}
{{- if not (hasKey $.into $key) -}}
{{- if ne $key "resources" }}{{ $_ := set $.into $key (deepCopy $default) }}{{ end -}}
{{- else if kindIs "map" (get $.into $key) -}}
{{- include "wa.fill" (dict "into" (get $.into $key) "from" $default) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
