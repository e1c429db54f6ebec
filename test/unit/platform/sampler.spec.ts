import { describe, expect, it } from '@jest/globals';
import { Sampler } from '../../../src/platform/tracing/internal/sampler.js';

const [TRACE, SPAN] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
const SAMPLED = `00-${TRACE}-${SPAN}-01`;

describe('the sampler', () => {
  it.each([
    [0, 0, false],
    [0.01, 0.009, true],
    [0.01, 0.01, false],
    [1, 0.999, true],
  ])('traces with the ratio %d and the random number %d: %s', (ratio, random, isTraced) => {
    expect(new Sampler(ratio, () => random).decide(undefined, 0)).toEqual({ isTraced });
  });

  it('follows a sampled caller', () => {
    const decision = new Sampler(0).decide(SAMPLED, 0);
    expect(decision).toEqual({ isTraced: true, parent: { traceId: TRACE, spanId: SPAN } });
  });

  it('follows a caller that does not sample', () => {
    expect(new Sampler(1).decide(`00-${TRACE}-${SPAN}-00`, 0)).toEqual({ isTraced: false });
  });

  it('follows at most 10 sampled callers per second, and then its own ratio', () => {
    const sampler = new Sampler(0);
    const traced = (nowMs: number) =>
      Array.from({ length: 50 }, () => sampler.decide(SAMPLED, nowMs)).filter(({ isTraced }) => isTraced).length;
    expect([traced(0), traced(0), traced(1000)]).toEqual([10, 0, 10]);
    expect(new Sampler(1).decide(SAMPLED, 0).isTraced).toBe(true);
  });

  it.each([
    '',
    'nonsense',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `${SAMPLED}-more`,
    `${SAMPLED}, ${SAMPLED}`,
  ])('takes a malformed traceparent for none: %s', (header) => {
    expect(new Sampler(0).decide(header, 0)).toEqual({ isTraced: false });
    expect(new Sampler(1).decide(header, 0)).toEqual({ isTraced: true });
  });

  it('reads a later version with more fields', () => {
    expect(new Sampler(0).decide(`01-${TRACE}-${SPAN}-03-more`, 0).isTraced).toBe(true);
  });
});
