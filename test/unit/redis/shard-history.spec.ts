import { describe, expect, it } from '@jest/globals';
import { ShardHistory } from '../../../src/platform/redis/history/internal/shard-history.js';
import { ManualClock } from '../../support/manual-clock.js';

const newShard = (): ShardHistory => new ShardHistory('own', new ManualClock(), 'datadip-history:{0}');

describe('ShardHistory', () => {
  it('takes markers that overtake each other on two connections for complete', () => {
    const shard = newShard();
    for (const count of [1, 2])
      expect(shard.markAcknowledged(shard.nextCount(), count - 1, [count, count - 1, 0, 0])).toBe(true);
    const [first, second] = [shard.nextCount(), shard.nextCount()];
    // The second marker is executed first and its reply comes last.
    expect(shard.markAcknowledged(first, 2, [10, second, 0, 0])).toBe(true);
    expect(shard.markAcknowledged(second, 2, [9, 2, 0, 0])).toBe(true);
    expect(shard.acknowledgedCount).toBe(second);
  });

  it('takes a node without the marker that it had acknowledged for one that lost data', () => {
    const shard = newShard();
    shard.markAcknowledged(shard.nextCount(), 0, [1, -1, 0, 0]);
    expect(shard.markAcknowledged(shard.nextCount(), 1, [2, -1, 0, 0])).toBe(false);
  });
});
