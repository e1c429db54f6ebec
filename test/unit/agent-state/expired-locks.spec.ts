import { describe, expect, it } from '@jest/globals';
import { AgentKeys } from '../../../src/modules/agent-state/store/internal/agent-keys.js';
import { ExpiredLocks } from '../../../src/modules/agent-state/store/internal/expired-locks.js';

const KEYS = AgentKeys.of('10001');

describe('ExpiredLocks', () => {
  it('ends each lock once for many claims, and lets every claim wait for the end', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const asked: string[] = [];
    const locks = new ExpiredLocks((_keys, agentId) => {
      asked.push(agentId);
      return promise;
    });
    const ends = [locks.end(KEYS, ['a', 'b'], undefined), locks.end(KEYS, ['b', 'c'], undefined)];
    let isDone = false;
    void ends[1]?.then(() => (isDone = true));
    await new Promise(setImmediate);
    expect([asked, isDone]).toEqual([['a', 'b', 'c'], false]);
    resolve(1);
    expect(await Promise.all(ends)).toEqual([2, 1]);
  });

  it('fails only for the claim that ends the lock, and then ends the lock again', async () => {
    let calls = 0;
    const locks = new ExpiredLocks(async () => {
      calls += 1;
      await new Promise(setImmediate);
      if (calls === 1) throw new Error('no answer');
      return 1;
    });
    const [own, other] = await Promise.allSettled([
      locks.end(KEYS, ['a'], undefined),
      locks.end(KEYS, ['a'], undefined),
    ]);
    expect([own.status, other.status]).toEqual(['rejected', 'fulfilled']);
    expect(await locks.end(KEYS, ['a'], undefined)).toBe(1);
  });
});
