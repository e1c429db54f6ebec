import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PrioritySemaphore, type Permit } from '../../../src/origins/admission/internal/priority-semaphore.js';

let limit: number;
let permits: PrioritySemaphore;

beforeEach(() => {
  limit = 4;
  permits = new PrioritySemaphore({ limit: () => limit, backgroundShare: 0.5, mostWaiting: 3 });
});

function taken(priority: 'ivr' | 'desktop' | 'background' = 'desktop'): Permit {
  const permit = permits.take(priority);
  if (permit === undefined) throw new Error('there is no room');
  return permit;
}

describe('permits', () => {
  it('are given up to the limit, and again when they come back', () => {
    const held = [taken(), taken(), taken(), taken('ivr')];
    expect(permits.take('ivr')).toBeUndefined();
    held[0]?.release();
    expect(permits.take('desktop')).toBeDefined();
  });

  it('are given to background work only while less than its share is in use', () => {
    taken('background');
    taken('ivr');
    expect(permits.take('background')).toBeUndefined();
    expect(permits.take('desktop')).toBeDefined();
  });

  it('are given to no background work where its share is less than one', () => {
    limit = 1;
    expect(permits.take('background')).toBeUndefined();
  });

  it('come back once', () => {
    const permit = taken();
    permit.release();
    permit.release();
    expect(permits.inUse).toBe(0);
  });

  it('go to those who wait, in their order, before anybody who comes later', () => {
    const held = [taken(), taken(), taken(), taken()];
    const served: string[] = [];
    permits.queue(() => served.push('first'));
    permits.queue(() => served.push('second'));
    held[0]?.release();
    expect(served).toEqual(['first']);
    limit = 5;
    expect(permits.take('ivr')).toBeUndefined();
    held[1]?.release();
    expect(served).toEqual(['first', 'second']);
  });

  it('are not waited for by more than so many', () => {
    limit = 0;
    for (let waiter = 0; waiter < 3; waiter++) expect(permits.queue(() => undefined)).toBeDefined();
    expect(permits.queue(() => undefined)).toBeUndefined();
  });

  it('go past those who have left', () => {
    const held = [taken(), taken(), taken(), taken()];
    const served: string[] = [];
    const leave = permits.queue(() => served.push('left'));
    permits.queue(() => served.push('stayed'));
    leave?.();
    held[0]?.release();
    expect(served).toEqual(['stayed']);
  });

  it('are never out beyond the limit, whatever happens in whatever order', () => {
    const acts = fc.array(fc.constantFrom('ivr', 'desktop', 'background', 'queue', 'release', 'shrink', 'grow'));
    fc.assert(
      fc.property(acts, (sequence) => {
        let most = 3;
        const out: Permit[] = [];
        const all = new PrioritySemaphore({ limit: () => most, backgroundShare: 0.5, mostWaiting: 100 });
        const gave = (permit: Permit): void => {
          expect(all.inUse).toBeLessThanOrEqual(most);
          out.push(permit);
        };
        for (const act of sequence) {
          if (act === 'queue') all.queue(gave);
          else if (act === 'release') out.shift()?.release();
          else if (act === 'shrink') most = Math.max(1, most - 1);
          else if (act === 'grow') most += 1;
          else {
            const permit = all.take(act);
            if (permit !== undefined) gave(permit);
          }
        }
      }),
    );
  });
});
