import { MemoryEntryStore } from '../../src/cache/internal/memory-entry-store.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { TestEventBus } from '../support/test-event-bus.js';
import { entryStoreContract } from './entry-store.contract.js';

entryStoreContract('MemoryEntryStore', 'private', () => {
  const bus = new TestEventBus();
  const store = new MemoryEntryStore(new SystemClock(), 10_000, bus);
  return Promise.resolve({ store, bus, close: () => Promise.resolve() });
});
