import { describe, expect, it } from '@jest/globals';
import { TurnQueue } from '../../../src/modules/profile/internal/reading/turn-queue.js';

const always = (_lookup: string): boolean => true;

function queueOf(jobs: readonly string[], maxPerLine = 9): TurnQueue<string> {
  const queue = new TurnQueue<string>(maxPerLine);
  for (const job of jobs) queue.add(job.slice(0, 1), job);
  return queue;
}

function taken(queue: TurnQueue<string>, count: number, mayRun = always): (string | undefined)[] {
  return Array.from({ length: count }, () => queue.take(mayRun));
}

describe('a queue with turns', () => {
  it('lets lookups take turns, however many jobs one of them has', () => {
    expect(taken(queueOf(['a1', 'a2', 'a3', 'b1', 'c1', 'b2']), 7)).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'b2',
      'a3',
      undefined,
    ]);
  });

  it('passes over a lookup that may not run', () => {
    const queue = queueOf(['a1', 'b1']);
    const mayRun = (lookup: string): boolean => lookup !== 'a';
    expect(taken(queue, 2, mayRun)).toEqual(['b1', undefined]);
    expect([queue.has(mayRun), queue.has(always)]).toEqual([false, true]);
  });

  it('gives a postponed lookup the last turn', () => {
    const queue = queueOf(['a1', 'a2', 'b1', 'c1']);
    queue.postpone('a');
    queue.postpone('unknown');
    expect(taken(queue, 4)).toEqual(['b1', 'c1', 'a1', 'a2']);
  });

  it('refuses a job above the limit of its lookup, and only of its lookup', () => {
    const queue = queueOf(['a1', 'a2'], 2);
    expect([queue.add('a', 'a3'), queue.add('b', 'b1')]).toEqual([false, true]);
    queue.remove('a', 'a1');
    expect(queue.add('a', 'a3')).toBe(true);
    expect(taken(queue, 4)).toEqual(['a2', 'b1', 'a3', undefined]);
  });
});
