/** A call under way, as the limit sees it. */
export interface MeasuredCall {
  readonly startedAtMs: number;
  /** Calls in flight when it began, itself included. */
  readonly inFlight: number;
}

/** How long one call took, and among how many. */
export interface Sample extends MeasuredCall {
  readonly tookMs: number;
}

/** Fewer say nothing. */
export const FEWEST = 3;
/** So many of those under way are overdue only when something has happened. */
const OVERDUE_SHARE = 0.15;

export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

export function medianMsOf(samples: readonly Sample[]): number {
  return medianOf(samples.map(({ tookMs }) => tookMs));
}

/** The value below which the share `q` lies; between two neighbours it is the nearer one's. Not a number for no values. */
export function quantileOf(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * q)] ?? Number.NaN;
}

/**
 * Those that were under way when the first of them was answered: the fast ones are answered first, and alone they would make the origin look
 * faster than it is. What is not answered yet is slower than the half that is, which is all that a median needs to know.
 *
 * @returns absent while less than half have been answered
 */
export function firstCohort(answered: readonly Sample[], underWay: Iterable<MeasuredCall>): Sample[] | undefined {
  const firstMs = Math.min(...answered.map(({ startedAtMs, tookMs }) => startedAtMs + tookMs));
  const done = answered.filter(({ startedAtMs }) => startedAtMs <= firstMs);
  const open = [...underWay].filter(({ startedAtMs }) => startedAtMs <= firstMs);
  if (done.length < FEWEST || done.length <= open.length) return undefined;
  return [...done, ...open.map((call) => ({ ...call, tookMs: Infinity }))];
}

/**
 * Calls that have taken too long already, as if they were answered. They will take longer than they have: the more of them there are, the
 * longer, because it is the origin then and not chance.
 *
 * @param underWay the oldest first
 */
export function overdue(underWay: ReadonlySet<MeasuredCall>, nowMs: number, afterMs: number): Sample[] {
  const found: Sample[] = [];
  for (const call of underWay) {
    const tookMs = nowMs - call.startedAtMs;
    if (tookMs <= afterMs) break;
    found.push({ ...call, tookMs });
  }
  const share = found.length / underWay.size;
  if (found.length < FEWEST || share < OVERDUE_SHARE) return [];
  return found.map((sample) => ({ ...sample, tookMs: sample.tookMs * (1 + share) }));
}
