{{- define "wa.metricsIngress" -}}
- ports:
    - port: 8080
      protocol: TCP
  {{- with .Values.networkPolicy.metricsFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "wa.apiIngress" -}}
- ports:
    - port: 8081
      protocol: TCP
  {{- with .Values.networkPolicy.apiFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "wa.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end -}}

{{/* TCP to anywhere on these ports: where the servers are is not known to the chart. */}}
{{- define "wa.portsEgress" -}}
- ports:
    {{- range uniq . }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
{{- end -}}
