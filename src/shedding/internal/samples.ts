/** How long one call took, and among how many. */
export interface Sample {
  readonly startedAtMs: number;
  /** Calls in flight when it began, itself included. */
  readonly inFlight: number;
  readonly tookMs: number;
}

export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

/** The value below which the share `q` lies; between two neighbours it is the nearer one's. Not a number for no values. */
export function quantileOf(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * q)] ?? Number.NaN;
}
