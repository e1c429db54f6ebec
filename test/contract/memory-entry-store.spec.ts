import { MemoryEntryStore } from '../../src/cache/internal/memory-entry-store.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { entryStoreContract } from './entry-store.contract.js';

entryStoreContract('the in-process store', 'private', () =>
  Promise.resolve({ store: new MemoryEntryStore(new SystemClock(), 10_000), close: () => Promise.resolve() }),
);
