import type { AgentStore, AgentStoreOptions } from '../../src/modules/agent-state/store/agent-store.js';
import type { TestRegions } from '../support/agent-stores.js';

/** The implementation under test, with the means to advance its clock. */
export interface StoresUnderTest {
  /** Opens a store with these options; all stores of one suite share their agents. */
  readonly open: (options: AgentStoreOptions) => AgentStore;
  /** Advances the stores' clock. For a Redis server this is real time, so keep it short. */
  readonly pass: (ms: number) => Promise<void>;
  /** The same clock, Unix milliseconds. */
  readonly nowMs: () => number;
  /** The regions of the stores. */
  readonly regions: TestRegions;
  readonly close: () => Promise<void>;
}
