{{/* A claim of a demo StatefulSet; call with (list $ "name" "size"). */}}
{{- define "wa.demoVolume" -}}
{{- $root := index . 0 -}}
- metadata:
    name: {{ index . 1 }}
  spec:
    accessModes: [ReadWriteOnce]
    {{- with $root.Values.demo.storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ index . 2 }}
{{- end -}}
