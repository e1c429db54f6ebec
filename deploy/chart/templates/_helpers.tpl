{{/* The name of every object. */}}
{{- define "datadip.name" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "datadip.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "datadip.labels" -}}
{{ include "datadip.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "datadip.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* The text of the file. A map of values.yaml becomes YAML. */}}
{{- define "datadip.file" -}}
{{- with .Values.config.file }}{{ if kindIs "string" . }}{{ . }}{{ else }}{{ toYaml . }}{{ end }}{{ end -}}
{{- end -}}

{{- define "datadip.configMap" -}}
{{- .Values.config.existingConfigMap | default (include "datadip.name" .) -}}
{{- end -}}

{{/* The most pods that run at a time, except during a rollout. */}}
{{- define "datadip.maxReplicas" -}}
{{- if eq .Values.autoscaling.type "none" }}{{ .Values.replicas }}{{ else }}{{ .Values.autoscaling.maxReplicas }}{{ end -}}
{{- end -}}

{{- define "datadip.minReplicas" -}}
{{- if eq .Values.autoscaling.type "none" }}{{ .Values.replicas }}{{ else }}{{ .Values.autoscaling.minReplicas }}{{ end -}}
{{- end -}}

{{/*
The most concurrent calls of one pod to a system: the largest maxConcurrent, its schedule included.
Defaults are those of Datadip: 200, and the poolSize of a database. A variable stays text.
*/}}
{{- define "datadip.maxConcurrent" -}}
{{- $limits := .limits | default dict -}}
{{- $declared := list -}}
{{- range prepend ($limits.schedule | default list) $limits }}{{ with .maxConcurrent }}{{ $declared = append $declared . }}{{ end }}{{ end -}}
{{- $most := 0 -}}
{{- range $declared }}{{ $most = max $most (int .) }}{{ end -}}
{{- if and $limits.maxConcurrent (kindIs "string" $limits.maxConcurrent) -}}
{{- $limits.maxConcurrent -}}
{{- else if $limits.maxConcurrent -}}
{{- $most -}}
{{- else if has .type (list "postgres" "mysql") -}}
{{- .poolSize | default (ternary $most 10 (gt (int $most) 0)) -}}
{{- else -}}
{{- max $most 200 -}}
{{- end -}}
{{- end -}}

{{/* A line of the notes: what a system must bear. */}}
{{- define "datadip.product" -}}
{{- $calls := include "datadip.maxConcurrent" .system -}}
{{- if regexMatch "^[0-9]+$" $calls -}}
{{- .name }}: {{ .max }} × {{ $calls }} = {{ mul (int .max) (int $calls) }} concurrent calls
{{- else -}}
{{- .name }}: {{ .max }} × {{ $calls }} concurrent calls
{{- end -}}
{{- end -}}
