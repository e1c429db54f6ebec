import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Collector } from '../../src/platform/tracing/internal/collector.js';
import { SpanExporter } from '../../src/platform/tracing/internal/span-exporter.js';
import type { FinishedSpan } from '../../src/platform/tracing/span.js';
import { eventually } from '../support/eventually.js';
import { spansAt } from '../support/exported-spans.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';

const WITHIN_MS = 300;
/** A stop flushes for 1 s at most. A busy machine is slower. */
const STOPS_WITHIN_MS = 6000;
const RESOURCE = { serviceName: 'datadip', version: '1.2.3', region: 'eu', instance: 'i-1' };
const SPAN: FinishedSpan = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  parentId: '',
  name: 'store read',
  kind: 3,
  startMs: 1_764_000_000_000.25,
  endMs: 1_764_000_000_001.5,
  attributes: { 'datadip.tier': 'redis', 'http.response.status_code': 200 },
  isError: true,
  link: undefined,
};

let server: ScriptedOrigin;
let lines: unknown[];
let exporter: SpanExporter;
beforeEach(async () => {
  server = await startOrigin();
  lines = [];
  const write = (...line: unknown[]): void => void lines.push(line);
  const collector = new Collector(`${server.url}/v1/traces`, { 'x-vendor-key': 'vendor-key' }, WITHIN_MS);
  exporter = new SpanExporter(collector, RESOURCE, { info: write, warn: write } as never);
});
afterEach(async () => {
  await exporter.close();
  await server.stop();
});

function add(spans: number): void {
  for (let n = 0; n < spans; n += 1) exporter.add(SPAN);
}

const settled = () => eventually(() => expect(exporter.counts.exported + exporter.counts.failed).toBeGreaterThan(0));

describe('a collector that fails', () => {
  it.each<[string, string | number, () => unknown]>([
    ['refuses connections', 'ECONNREFUSED', () => server.refuse()],
    ['answers 503', 503, () => server.fail(503)],
    ['answers a redirect', 302, () => server.fail(302, { location: 'http://127.0.0.1:9/' })],
    ['never answers', 'ETIMEDOUT', () => server.hang()],
    ['resets the connection', 'ECONNRESET', () => server.resetOnRequest()],
  ])('costs the spans of one batch and one log line when it %s', async (_, why, misbehave) => {
    await misbehave();
    add(200);
    await settled();
    expect(exporter.counts).toMatchObject({ exported: 0, failed: 128 });
    const field = typeof why === 'number' ? { status: why } : { code: why };
    expect(lines).toEqual([[field, 'tracing: the collector does not take spans; answers are not affected']]);
    const startedAtMs = performance.now();
    await exporter.close();
    expect(performance.now() - startedAtMs).toBeLessThan(STOPS_WITHIN_MS);
  });

  it.each<[string, () => void]>([
    ['trickles its answer', () => server.trickle(20)],
    ['dies in the middle of its answer', () => server.closeHalfway()],
    ['answers without an end', () => server.huge(1024 * 1024 * 1024)],
  ])('has taken the spans when it %s', async (_, misbehave) => {
    misbehave();
    add(1);
    await settled();
    expect(exporter.counts).toEqual({ exported: 1, failed: 0, dropped: 0 });
  });

  it('loses spans beyond a full queue, and never more memory', async () => {
    server.hang();
    add(5000);
    expect(exporter.counts.dropped).toBe(5000 - 2048);
    await exporter.close();
    const { exported, failed, dropped } = exporter.counts;
    expect([exported, failed + dropped]).toEqual([0, 5000]);
  });
});

describe('a collector that works', () => {
  it('gets OTLP with the headers of the operator', async () => {
    add(1);
    await settled();
    const [call] = server.calls;
    expect(call).toMatchObject({ method: 'POST', url: '/v1/traces' });
    expect(call?.headers).toMatchObject({ 'content-type': 'application/json', 'x-vendor-key': 'vendor-key' });
    expect(spansAt(server)).toEqual([
      {
        traceId: SPAN.traceId,
        spanId: SPAN.spanId,
        name: 'store read',
        kind: 3,
        startTimeUnixNano: '1764000000000250000',
        endTimeUnixNano: '1764000000001500000',
        attributes: SPAN.attributes,
        status: { code: 2 },
      },
    ]);
  });

  it('gets the waiting spans at a stop, in batches over one connection', async () => {
    add(300);
    await exporter.close();
    expect(exporter.counts).toEqual({ exported: 300, failed: 0, dropped: 0 });
    expect([server.count, server.connections]).toEqual([3, 1]);
  });

  it('gets spans again after a failure, and the log says so', async () => {
    let calls = 0;
    server.answer(() => ((calls += 1) === 1 ? Answer.json({}, 503) : {}));
    add(129);
    await eventually(() => expect(exporter.counts).toEqual({ exported: 1, failed: 128, dropped: 0 }));
    expect(lines.at(-1)).toEqual(['tracing: the collector takes spans again']);
  });
});
