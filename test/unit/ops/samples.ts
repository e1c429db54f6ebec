import { byGroup, type Counts } from '../../../src/modules/ops/sampling/counts.js';
import {
  SAMPLE_VERSION,
  type CountGroup,
  type ProcessSample,
} from '../../../src/modules/ops/sampling/process-sample.js';

/** Counts of some groups; the others are empty. */
export function counts(some: Partial<Record<CountGroup, Counts>> = {}) {
  return byGroup((group) => some[group] ?? {});
}

/** A sample of a process that is well and has nothing to report. */
export function sample(changes: Partial<ProcessSample> = {}): ProcessSample {
  return {
    ...{ version: SAMPLE_VERSION, process: 'p-1', number: 1, host: 'host', release: '0.1.0', upS: 5 },
    ...{ lifecycle: 'ready', counts: counts(), systems: [], agents: [], tokens: [] },
    ...{ loopMeanMs: 1, loopMaxMs: 2, requestsInFlight: 0, store: { state: 'none', text: '' }, hearsMessages: true },
    ...{ bus: undefined, regions: [], troubles: [] },
    ...changes,
  };
}
