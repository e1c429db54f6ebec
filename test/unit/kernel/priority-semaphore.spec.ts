import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PrioritySemaphore, type Permit } from '../../../src/kernel/priority-semaphore.js';

let limit: number;
let semaphore: PrioritySemaphore;

beforeEach(() => {
  limit = 4;
  semaphore = new PrioritySemaphore({ limit: () => limit, maxWaiting: 3 });
});

/** The share of the limit that background calls may use. */
const BACKGROUND = 0.5;

function acquired(share = 1): Permit {
  const permit = semaphore.tryAcquire(share);
  if (permit === undefined) throw new Error('no permit is free');
  return permit;
}

describe('PrioritySemaphore', () => {
  it('grants permits up to the limit, and again after a release', () => {
    const permits = [acquired(), acquired(), acquired(), acquired()];
    expect(semaphore.tryAcquire()).toBeUndefined();
    permits[0]?.release();
    expect(semaphore.tryAcquire()).toBeDefined();
  });

  it('grants a caller with a share of half a permit only while less than half of the limit is in use', () => {
    acquired(BACKGROUND);
    acquired();
    expect(semaphore.tryAcquire(BACKGROUND)).toBeUndefined();
    expect(semaphore.tryAcquire()).toBeDefined();
  });

  it('grants no permit to a share of less than one permit', () => {
    limit = 1;
    expect(semaphore.tryAcquire(BACKGROUND)).toBeUndefined();
  });

  it('counts the first release of a permit only', () => {
    const permit = acquired();
    permit.release();
    permit.release();
    expect(semaphore.inUse).toBe(0);
  });

  it('serves waiting callers in order, before callers that arrive later', () => {
    const permits = [acquired(), acquired(), acquired(), acquired()];
    const served: string[] = [];
    semaphore.enqueue(() => served.push('first'));
    semaphore.enqueue(() => served.push('second'));
    permits[0]?.release();
    expect(served).toEqual(['first']);
    limit = 5;
    expect(semaphore.tryAcquire()).toBeUndefined();
    permits[1]?.release();
    expect(served).toEqual(['first', 'second']);
  });

  it('refuses to enqueue more than maxWaiting callers', () => {
    limit = 0;
    for (let waiter = 0; waiter < 3; waiter++) expect(semaphore.enqueue(() => undefined)).toBeDefined();
    expect(semaphore.enqueue(() => undefined)).toBeUndefined();
  });

  it('skips waiting callers that have left', () => {
    const permits = [acquired(), acquired(), acquired(), acquired()];
    const served: string[] = [];
    const leave = semaphore.enqueue(() => served.push('left'));
    semaphore.enqueue(() => served.push('stayed'));
    leave?.();
    permits[0]?.release();
    expect(served).toEqual(['stayed']);
  });

  it('never grants more permits than the limit, in any order of events', () => {
    const actions = fc.array(fc.constantFrom('ivr', 'background', 'queue', 'release', 'shrink', 'grow'));
    fc.assert(
      fc.property(actions, (sequence) => {
        let currentLimit = 3;
        const inUse: Permit[] = [];
        const tested = new PrioritySemaphore({ limit: () => currentLimit, maxWaiting: 100 });
        const onPermit = (permit: Permit): void => {
          expect(tested.inUse).toBeLessThanOrEqual(currentLimit);
          inUse.push(permit);
        };
        for (const action of sequence) {
          if (action === 'queue') tested.enqueue(onPermit);
          else if (action === 'release') inUse.shift()?.release();
          else if (action === 'shrink') currentLimit = Math.max(1, currentLimit - 1);
          else if (action === 'grow') currentLimit += 1;
          else {
            const permit = tested.tryAcquire(action === 'background' ? BACKGROUND : 1);
            if (permit !== undefined) onPermit(permit);
          }
        }
      }),
    );
  });
});
