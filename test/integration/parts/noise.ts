import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a machine with two busy cores adds to an answer without the product's doing. */
const QUIET_MS = 250;

export interface Noise {
  /** The longest standstill since. Ends the measurement. */
  stallMs(): number;
  /** How much later than promised an answer that was measured since may have come. */
  allowanceMs(): number;
}

/**
 * Measures how long this process, with everything in it, was kept from running at a stretch. A caller that could not run has not
 * waited for the product, and a machine that stopped one process for a while has stopped its neighbours too.
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
