import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { eventually } from './eventually.js';
import type { ScriptedOrigin } from './origin.js';

/** A span as a collector receives it. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code: number };
}

interface WireSpan extends Omit<ExportedSpan, 'attributes'> {
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, string> }[];
}

interface WireBody {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[] }[];
}

/** All spans that the collector has received. */
export function spansAt(collector: ScriptedOrigin): ExportedSpan[] {
  return collector.calls
    .flatMap(({ body }) => (JSON.parse(body) as WireBody).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(readable)));
}

/** Waits until the spans of the trace have these names, in any order. */
export function traceAt(collector: ScriptedOrigin, traceId: string, names: readonly string[]): Promise<ExportedSpan[]> {
  return eventually(() => {
    const spans = spansAt(collector).filter((span) => span.traceId === traceId);
    expect(spans.map(({ name }) => name).sort()).toEqual([...names].sort());
    return spans;
  });
}

/** The ids and the header of a caller whose trace is sampled. */
export function sampledCaller(flags = '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-${flags}` } };
}

function readable({ attributes, ...span }: WireSpan): ExportedSpan {
  const values = attributes.map(({ key, value }): [string, string | number] => [
    key,
    value.stringValue ?? Number(value.intValue),
  ]);
  return { ...span, attributes: Object.fromEntries(values) };
}
