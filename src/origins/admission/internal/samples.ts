/** A running call, as the adaptive limit measures it. */
export interface MeasuredCall {
  readonly startedAtMs: number;
  /** Calls in flight at its start, itself included. */
  readonly inFlight: number;
}

/** The duration of one call. */
export interface Sample extends MeasuredCall {
  readonly tookMs: number;
}

/** With fewer samples, a median is useless. */
export const MIN_SAMPLES = 3;
/** If a smaller share of the running calls is overdue, chance alone explains it. */
const OVERDUE_SHARE = 0.15;

export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

export function medianMsOf(samples: readonly Sample[]): number {
  return medianOf(samples.map(({ tookMs }) => tookMs));
}

/**
 * The value below which the share `q` of the values lies; the nearest value, without interpolation.
 * `NaN` for no values.
 */
export function quantileOf(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * q)] ?? Number.NaN;
}

/**
 * Returns the calls that were running when the first answer arrived. Fast calls are answered first.
 * Without the running calls, the origin would look faster than it is. A running call counts as
 * slower than every answered call. This is enough for a median, because more than half are
 * answered.
 *
 * @returns `undefined` while less than half of them are answered
 */
export function firstCohort(answered: readonly Sample[], running: Iterable<MeasuredCall>): Sample[] | undefined {
  const firstAnswerMs = Math.min(...answered.map(({ startedAtMs, tookMs }) => startedAtMs + tookMs));
  const done = answered.filter(({ startedAtMs }) => startedAtMs <= firstAnswerMs);
  const open = [...running].filter(({ startedAtMs }) => startedAtMs <= firstAnswerMs);
  if (done.length < MIN_SAMPLES || done.length <= open.length) return undefined;
  return [...done, ...open.map((call) => ({ ...call, tookMs: Infinity }))];
}

/**
 * Returns running calls that have taken too long, as samples. Their final duration is an estimate.
 * The estimate grows with the share of overdue calls: the cause is then the origin, not chance.
 *
 * @param running the oldest first
 */
export function overdueSamples(running: ReadonlySet<MeasuredCall>, nowMs: number, afterMs: number): Sample[] {
  const overdue: Sample[] = [];
  for (const call of running) {
    const tookMs = nowMs - call.startedAtMs;
    if (tookMs <= afterMs) break;
    overdue.push({ ...call, tookMs });
  }
  const share = overdue.length / running.size;
  if (overdue.length < MIN_SAMPLES || share < OVERDUE_SHARE) return [];
  return overdue.map((sample) => ({ ...sample, tookMs: sample.tookMs * (1 + share) }));
}
