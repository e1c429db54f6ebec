import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { sampledCaller } from '../support/exported-spans.js';
import { startOrigin } from '../support/origin.js';
import { startRegion } from '../support/region.js';
import { aboutAda, newPhone } from './stage.js';

describe('a system with traceparent: false', () => {
  it('gets no header, and a collector that hangs changes no answer', async () => {
    const hung = await startOrigin();
    hung.hang();
    const quiet = await startRegion({
      origin: aboutAda,
      declaration: { system: { traceparent: false } },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: hung.url, OTEL_TRACES_SAMPLER_ARG: '1' },
    });
    try {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => quiet.lookup('customer', { ani: newPhone() })),
      );
      expect(answers.filter(({ json }) => json?.source !== 'origin')).toEqual([]);
      await eventually(() => expect(hung.count).toBe(1));
      for (const call of quiet.origin.calls) expect(call.headers.traceparent).toBeUndefined();
    } finally {
      await quiet.stop();
      await hung.stop();
    }
  });
});

describe('an application without a collector', () => {
  it('sends no traceparent and has no metric of tracing', async () => {
    const plain = await startRegion({ origin: aboutAda });
    try {
      await plain.lookup('customer', { ani: newPhone() }, 0, sampledCaller().headers);
      expect(plain.origin.calls.at(-1)?.headers.traceparent).toBeUndefined();
      expect((await plain.get('/metrics')).text).not.toContain('datadip_trace_spans_total');
    } finally {
      await plain.stop();
    }
  });
});
