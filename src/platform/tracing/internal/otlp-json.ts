import type { FinishedSpan, SpanAttributes } from '../span.js';

/** The process that the spans come from. */
export interface SpanResource {
  readonly serviceName: string;
  readonly version: string;
  readonly region: string;
  /** Random, one per process. */
  readonly instance: string;
}

const STATUS_ERROR = 2;
const SCOPE = { name: 'datadip' };

/** The request body of OTLP over HTTP in its JSON form (`ExportTraceServiceRequest`). */
export function exportRequest(resource: SpanResource, spans: readonly FinishedSpan[]): string {
  const attributes = keyValues({
    'service.name': resource.serviceName,
    'service.version': resource.version,
    'service.instance.id': resource.instance,
    'datadip.region': resource.region,
  });
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: SCOPE, spans: spans.map(spanOf) }] }],
  });
}

function spanOf(span: FinishedSpan): object {
  const { traceId, spanId, parentId, name, kind, startMs, endMs, attributes, isError, link } = span;
  return {
    traceId,
    spanId,
    ...(parentId === '' ? {} : { parentSpanId: parentId }),
    name,
    kind,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: keyValues(attributes),
    ...(link === undefined ? {} : { links: [link] }),
    ...(isError ? { status: { code: STATUS_ERROR } } : {}),
  };
}

/** Whole microseconds: a number of JavaScript cannot hold the nanoseconds since 1970. */
function nanos(unixMs: number): string {
  return `${Math.round(unixMs * 1000)}000`;
}

function keyValues(attributes: SpanAttributes | Readonly<Record<string, string>>): object[] {
  return Object.entries(attributes).flatMap(([key, value]: [string, unknown]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

/** A 64-bit number is a text in the JSON form. */
function anyValue(value: unknown): object {
  return typeof value === 'number' ? { intValue: `${value}` } : { stringValue: String(value) };
}
