{{/* Pods double within 15 s, and leave slowly: a peak of calls often returns. */}}
{{- define "datadip.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - { type: Percent, value: 100, periodSeconds: 15 }
scaleDown:
  stabilizationWindowSeconds: 600
  policies:
    - { type: Percent, value: 50, periodSeconds: 60 }
{{- end -}}
