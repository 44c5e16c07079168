{{/*
What older API servers do not know is taken out of the CRDs, because a server-side apply (Helm 4, Argo CD) is refused
otherwise: CEL rules before 1.25, selectable fields before 1.30. The operator checks the same rules itself.
*/}}
{{- define "wa.crd.strip" -}}
{{- if kindIs "map" .node -}}
  {{- range .keys }}{{ $_ := unset $.node . }}{{ end -}}
  {{- range $name, $child := .node }}{{ include "wa.crd.strip" (dict "node" $child "keys" $.keys) }}{{ end -}}
{{- else if kindIs "slice" .node -}}
  {{- range .node }}{{ include "wa.crd.strip" (dict "node" . "keys" $.keys) }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "wa.crd.unknown" -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- $keys := list -}}
{{- if semverCompare "<1.25-0" $version }}{{ $keys = append $keys "x-kubernetes-validations" }}{{ end -}}
{{- if semverCompare "<1.30-0" $version }}{{ $keys = append $keys "selectableFields" }}{{ end -}}
{{- $keys | toJson -}}
{{- end -}}
