{{/* Call with (list $ PORT). */}}
{{- define "wa.metricsIngress" -}}
- ports:
    - port: {{ index . 1 }}
      protocol: TCP
  {{- with (index . 0).Values.networkPolicy.metricsFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The tenant API of session pods: everyone, or the gateway and who is listed. */}}
{{- define "wa.apiIngress" -}}
{{- $policy := .Values.networkPolicy -}}
- ports:
    - port: {{ include "wa.podApiPort" . }}
      protocol: TCP
  {{- if or $policy.apiFrom $policy.apiOnlyThroughGateway }}
  from:
    {{- if .Values.gateway.enabled }}
    - podSelector:
        matchLabels:
          {{- include "wa.selector" (list . "gateway") | nindent 10 }}
    {{- end }}
    {{- with $policy.apiFrom }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
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
