import { describe, expect, it } from '@jest/globals';
import { growingLru } from '../../../src/platform/memory/growing-lru.js';

describe('growingLru', () => {
  it('evicts the least recently used entry, and says which and why', () => {
    const left: unknown[] = [];
    const map = growingLru<number>(2, (value, key, reason) => left.push([key, value, reason]));
    map.set('a', 1).set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect(left).toEqual([['b', 2, 'evict']]);
    expect([...map.keys()]).toEqual(['c', 'a']);
  });

  it('never holds more entries than its bound, whatever is set and deleted', () => {
    const map = growingLru<number>(100);
    for (let at = 0; at < 10_000; at += 1) {
      map.set(`${at}`, at);
      if (at % 3 === 0) map.delete(`${at - 50}`);
      expect(map.size).toBeLessThanOrEqual(100);
    }
    expect(map.get('9999')).toBe(9999);
    expect(map.has('9000')).toBe(false);
  });
});
