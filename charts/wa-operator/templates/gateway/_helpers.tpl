{{- define "wa.gatewayName" -}}{{ include "wa.name" . }}-gateway{{- end -}}

{{- define "wa.gatewayServiceAccount" -}}
{{- .Values.gateway.serviceAccount.name | default (ternary (include "wa.gatewayName" .) "default" .Values.gateway.serviceAccount.create) }}
{{- end -}}

{{/* Port of the gateway's Service, and its name. */}}
{{- define "wa.gatewayServicePort" -}}{{ ternary 443 80 (not (empty .Values.gateway.tls.existingSecret)) }}{{- end -}}
{{- define "wa.gatewayServicePortName" -}}{{ ternary "https" "http" (not (empty .Values.gateway.tls.existingSecret)) }}{{- end -}}

{{/* How many replicas there are at least. */}}
{{- define "wa.gatewayReplicas" -}}
{{- if .Values.gateway.autoscaling.enabled }}{{ .Values.gateway.autoscaling.minReplicas }}{{ else }}{{ .Values.gateway.replicas }}{{ end -}}
{{- end -}}

{{/* Fails where values contradict each other. */}}
{{- define "wa.gatewayChecks" -}}
{{- $gateway := .Values.gateway -}}
{{- if and (not $gateway.enabled) .Values.networkPolicy.apiOnlyThroughGateway -}}
{{- fail "networkPolicy.apiOnlyThroughGateway needs gateway.enabled: without a gateway the tenant API would be unreachable" -}}
{{- end -}}
{{- if and .Values.networkPolicy.apiOnlyThroughGateway .Values.networkPolicy.apiFrom -}}
{{- fail "networkPolicy.apiOnlyThroughGateway and networkPolicy.apiFrom exclude each other: apiFrom lists who may reach session pods besides the gateway" -}}
{{- end -}}
{{- if and .Values.networkPolicy.apiOnlyThroughGateway (not .Values.networkPolicy.enabled) -}}
{{- fail "networkPolicy.apiOnlyThroughGateway needs networkPolicy.enabled: without NetworkPolicies it would protect nothing" -}}
{{- end -}}
{{- if $gateway.enabled -}}
{{- with $gateway.autoscaling -}}
{{- if .enabled -}}
{{- if lt (int .maxReplicas) (int .minReplicas) -}}
{{- fail "gateway.autoscaling.maxReplicas must not be less than minReplicas" -}}
{{- end -}}
{{- if not (dig "requests" "cpu" "" ($gateway.resources | default dict)) -}}
{{- fail "gateway.autoscaling needs gateway.resources.requests.cpu: targetCpuPercent is a percentage of it" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $gateway.httpRoute.enabled (empty $gateway.httpRoute.parentRefs) -}}
{{- fail "gateway.httpRoute.enabled needs gateway.httpRoute.parentRefs: the Gateways that the route belongs to, such as [{name: public, namespace: infra}]" -}}
{{- end -}}
{{- end -}}
{{- end -}}
