{{/* The default pool's spec: what follows from the other values, with defaultPool.spec over it. */}}
{{- define "wa.defaultPool" -}}
{{- $values := .Values -}}
{{- $spec := dict
  "databaseSecretRef" (dict "name" $values.database.pod.existingSecret "key" $values.database.pod.key)
  "masterKeySecretRef" (dict "name" $values.masterKey.existingSecret "key" $values.masterKey.key) -}}
{{- with $values.redis.existingSecret -}}
{{- $_ := set $spec "redisSecretRef" (dict "name" . "key" $values.redis.key) -}}
{{- with $values.redis.ca.existingSecret -}}
{{- $_ := set $spec "redisCaSecretRef" (dict "name" . "key" $values.redis.ca.key) -}}
{{- end -}}
{{- end -}}
{{- $spec = mergeOverwrite $spec (deepCopy ($values.defaultPool.spec | default dict)) -}}
{{- /* The definition takes quantities as integers or text, as Kubernetes stores them; a file may say 0.5. */ -}}
{{- range $amounts := $spec.resources -}}
{{- range $name, $amount := $amounts }}{{ $_ := set $amounts $name (toString $amount) }}{{ end -}}
{{- end -}}
{{- $spec | toPrettyJson -}}
{{- end -}}
