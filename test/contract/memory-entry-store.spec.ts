import { MemoryEntryStore } from '../../src/cache/internal/memory-entry-store.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { hearingAlone } from '../support/hearing.js';
import { TestEventBus } from '../support/test-event-bus.js';
import { entryStoreContract } from './entry-store.contract.js';

entryStoreContract('MemoryEntryStore', 'private', () => {
  const bus = new TestEventBus();
  const clock = new SystemClock();
  const hearing = hearingAlone(clock);
  const store = new MemoryEntryStore(clock, 10_000, bus, hearing);
  return Promise.resolve({ store, bus, hearing, clock, close: () => Promise.resolve() });
});
