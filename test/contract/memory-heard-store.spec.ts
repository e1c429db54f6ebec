import { describe } from '@jest/globals';
import { MemoryHeardStore } from '../../src/regions/internal/memory-heard-store.js';
import { heardStoreContract } from './heard-store.contract.js';

describe('MemoryHeardStore', () => {
  // Each question takes a millisecond.
  let nowMs = 1_700_000_000_000;
  const clock = { nowMs: () => (nowMs += 1) };
  heardStoreContract(() => Promise.resolve(new MemoryHeardStore(clock)));
});
