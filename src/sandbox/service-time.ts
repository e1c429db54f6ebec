import type { CallSwitches } from './behaviour.js';

type ServiceTimeSwitches = Pick<CallSwitches, 'latencyMs' | 'latencySigma' | 'knee' | 'gamma'>;

/** The longest service time. A timer of more than 2^31 ms would fire immediately. */
const MAX_SERVICE_MS = 600_000;

/**
 * Returns the time that the system works on one call, in milliseconds.
 *
 * @param inFlight the number of calls in flight at its arrival, this call included
 * @param normal a draw from the standard normal distribution
 */
export function serviceTimeMs(switches: ServiceTimeSwitches, inFlight: number, normal: number): number {
  const unloadedMs = switches.latencyMs * Math.exp(switches.latencySigma * normal);
  return Math.min(MAX_SERVICE_MS, unloadedMs * slowdown(switches, inFlight));
}

/** Turns two independent uniform draws from [0, 1) into one normal draw (Box and Muller). */
export function standardNormal(first: number, second: number): number {
  // `1 - first` is never 0, so its logarithm is finite.
  return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
}

function slowdown({ knee, gamma }: ServiceTimeSwitches, inFlight: number): number {
  return knee === null || inFlight <= knee ? 1 : (inFlight / knee) ** gamma;
}
