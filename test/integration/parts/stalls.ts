import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The delay that a machine with two busy cores adds to an answer. */
const QUIET_MS = 250;

export interface StallMeasurement {
  /** Ends the measurement and returns the longest stall since its start. */
  stallMs(): number;
  /** Ends the measurement and returns the extra time that answers of this machine may take. */
  allowanceMs(): number;
}

/**
 * Measures the longest time in which this process could not run. A caller that could not run did
 * not wait for Datadip. A machine that stops one process stops its neighbours as well.
 */
export function measureStalls(): StallMeasurement {
  const stalls = monitorEventLoopDelay({ resolution: 10 });
  stalls.enable();
  const stallMs = (): number => {
    stalls.disable();
    return stalls.max / 1e6;
  };
  return { stallMs, allowanceMs: () => QUIET_MS + 3 * stallMs() };
}
