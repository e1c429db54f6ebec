import { describe, expect, it } from '@jest/globals';
import { Histogram, Registry, type Metric } from 'prom-client';
import { LatencyHistogram } from '../../../src/platform/metrics/latency-histogram.js';

const NAME = 'answer_seconds';
const BUCKETS_S = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.03, 0.05, 0.08, 0.1, 0.25, 0.3, 0.5, 1, 2, 2.5, 2.55, 5, 10,
];

const OBSERVATIONS: readonly (readonly [seconds: number, route: string, status: string])[] = [
  [0, '/a', '200'],
  [0.0005, '/a', '200'],
  [0.000501, '/a', '200'],
  [0.07, '/a', '503'],
  [2.55, '/b', '200'],
  [10, '/b', '200'],
  [10.5, '/b', '200'],
  [3600, '/b "quoted"\n', '200'],
];

describe('a latency histogram', () => {
  it("has the text of the library's histogram", async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const labelNames = ['route', 'status'] as const;
    const histogram = new LatencyHistogram(NAME, 'Help', labelNames);
    ours.registerMetric(histogram as unknown as Metric);
    const oracle = new Histogram({ name: NAME, help: 'Help', labelNames, buckets: BUCKETS_S, registers: [theirs] });
    for (const [seconds, route, status] of OBSERVATIONS) {
      histogram.observe(seconds, [route, status]);
      oracle.observe({ route, status }, seconds);
    }
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });

  it('counts the observations of each series', () => {
    const histogram = new LatencyHistogram(NAME, 'Help', ['route', 'status']);
    for (const [seconds, route, status] of OBSERVATIONS.slice(0, 4)) histogram.observe(seconds, [route, status]);
    expect(histogram.counts()).toEqual([
      [{ route: '/a', status: '200' }, 3],
      [{ route: '/a', status: '503' }, 1],
    ]);
  });
});
