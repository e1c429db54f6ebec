import { seededRandom } from '../../src/sandbox/seeded-random.js';
import { serviceTimeMs, standardNormal } from '../../src/sandbox/service-time.js';
import type { ManualClock } from './manual-clock.js';

export interface SimulatedOrigin {
  /** Service time without load. */
  readonly baseMs: number;
  readonly gamma: number;
  /**
   * The number of calls in flight above which the origin is slower, by the time since the start.
   */
  readonly knee: (atMs: number) => number;
  /** The number of calls per second that callers want to make, by the time since the start. */
  readonly wanted: (atMs: number) => number;
  readonly forMs: number;
}

/** Limits the number of calls in flight. */
export interface Limiter<Call> {
  readonly limit: number;
  began(): Call;
  ended(call: Call): void;
}

export interface SimulationFigures {
  /** The number of answers within 2.5 s. */
  readonly good: number;
  readonly late: number;
  /** The longest time in a row with more than twice the knee in flight. */
  readonly overTwiceMs: number;
}

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

const IN_TIME_MS = 2500;

/**
 * Simulates the sandbox CRM and its callers on a clock that jumps from event to event. A simulated
 * minute takes less than a second. A caller above the limit makes no call.
 */
export function simulate<Call>(origin: SimulatedOrigin, limiter: Limiter<Call>, clock: ManualClock): SimulationFigures {
  const arrivals = seededRandom(1);
  const service = seededRandom(2);
  const events: Event[] = [];
  const at = (atMs: number, run: () => void): void => {
    let place = events.length;
    while (place > 0 && (events[place - 1]?.atMs ?? 0) < atMs) place--;
    events.splice(place, 0, { atMs, run });
  };
  let inFlight = 0;
  let good = 0;
  let late = 0;
  let overSinceMs: number | undefined;
  let overTwiceMs = 0;
  const call = (): void => {
    inFlight++;
    const pace = { latencyMs: origin.baseMs, latencySigma: 0.2, knee: origin.knee(clock.nowMs()), gamma: origin.gamma };
    const begun = limiter.began();
    const takesMs = serviceTimeMs(pace, inFlight, standardNormal(service(), service()));
    at(clock.nowMs() + takesMs, () => {
      inFlight--;
      limiter.ended(begun);
      if (takesMs <= IN_TIME_MS) good++;
      else late++;
    });
  };
  const arrive = (): void => {
    if (inFlight < limiter.limit) call();
    at(clock.nowMs() - (Math.log(1 - arrivals()) * 1000) / origin.wanted(clock.nowMs()), arrive);
  };
  at(0, arrive);
  for (let next = events.pop(); next !== undefined && next.atMs <= origin.forMs; next = events.pop()) {
    clock.advance(next.atMs - clock.nowMs());
    next.run();
    const over = inFlight > 2 * origin.knee(clock.nowMs());
    overSinceMs = over ? (overSinceMs ?? clock.nowMs()) : undefined;
    if (overSinceMs !== undefined) overTwiceMs = Math.max(overTwiceMs, clock.nowMs() - overSinceMs);
  }
  return { good, late, overTwiceMs };
}
