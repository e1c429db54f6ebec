import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The delay that a machine with two busy cores adds to an answer. */
const QUIET_MS = 250;

export interface Noise {
  /** The longest standstill since. Ends the measurement. */
  stallMs(): number;
  /** How much later than promised an answer that was measured since may have come. */
  allowanceMs(): number;
}

/**
 * Measures the longest time in which this process could not run. A caller that could not run did not
 * wait for Datadip. A machine that stopped one process stopped its neighbours as well.
 */
export function listenForNoise(): Noise {
  const stalls = monitorEventLoopDelay({ resolution: 10 });
  stalls.enable();
  const stallMs = (): number => {
    stalls.disable();
    return stalls.max / 1e6;
  };
  return { stallMs, allowanceMs: () => QUIET_MS + 3 * stallMs() };
}
