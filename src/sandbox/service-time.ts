import type { TreatmentSwitches } from './behaviour.js';

type Pace = Pick<TreatmentSwitches, 'latencyMs' | 'latencySigma' | 'knee' | 'gamma'>;

/** No call takes longer, whatever the switches multiply to: a timer beyond 2^31 ms would fire at once. */
const LONGEST_SERVICE_MS = 600_000;

/**
 * How long the database works on one call.
 *
 * @param inFlight calls in flight when it arrives, itself included
 * @param normal a draw from the standard normal distribution
 */
export function serviceTimeMs(pace: Pace, inFlight: number, normal: number): number {
  const unloadedMs = pace.latencyMs * Math.exp(pace.latencySigma * normal);
  return Math.min(LONGEST_SERVICE_MS, unloadedMs * slowdown(pace, inFlight));
}

/** Two independent uniform draws from [0, 1) make one normal draw (Box and Muller). */
export function standardNormal(first: number, second: number): number {
  // 1 - first is never 0, whose logarithm is no number to work with.
  return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
}

function slowdown({ knee, gamma }: Pace, inFlight: number): number {
  return knee === null || inFlight <= knee ? 1 : (inFlight / knee) ** gamma;
}
