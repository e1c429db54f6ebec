/** Everything that a rehearsal does, read from its flags. Every value is bounded. */
export interface Plan {
  /** The rate after the onset. */
  readonly callsPerSecond: number;
  readonly forMs: number;
  /** The time in which the rate rises from a tenth to the whole; 0 means at once. */
  readonly onsetMs: number;
  /** The share of calls by a caller who has called before in this rehearsal. */
  readonly repeatShare: number;
  /** The share of callers who are in an IVR. The others are known by an agent's desktop. */
  readonly ivrShare: number;
  /** The median time of a call at the origin below its capacity. */
  readonly originLatencyMs: number;
  /** The calls in flight above which the origin is slower. */
  readonly originCapacity: number;
  readonly seed: number;
  /** The user's file. `undefined` means the lookup `customer` of the bundled file. */
  readonly configFile: string | undefined;
  /** `undefined` means that the service keeps its entries in its process. */
  readonly redisUrl: string | undefined;
  /** A service that runs already. `undefined` means that the rehearsal starts a service. */
  readonly target: string | undefined;
  /** The file of the picture. */
  readonly out: string;
  /** The file of a picture of the ops page, in PNG. `undefined` means none. */
  readonly opsPicture: string | undefined;
}

/** The customers that the sandbox knows. */
export const MAX_CALLERS = 100_000;
const MAX_CALLS = 1_000_000;

/** A flag or a file that a rehearsal cannot use. Its message is one line. */
export class Unusable extends Error {}

/**
 * Checks what no single flag can.
 *
 * @throws {Unusable}
 */
export function checkTotals({ callsPerSecond, forMs, onsetMs, repeatShare }: Plan): void {
  if (onsetMs > forMs) throw new Unusable(`--onset is longer than --for; allowed: at most ${forMs} ms`);
  const calls = Math.ceil((callsPerSecond * forMs) / 1000);
  if (calls > MAX_CALLS)
    throw new Unusable(`--calls-per-second and --for give ${calls} calls; allowed: at most ${MAX_CALLS}`);
  const callers = Math.ceil(calls * (1 - repeatShare));
  if (callers > MAX_CALLERS)
    throw new Unusable(`the flags give ${callers} new callers; allowed: ${MAX_CALLERS}: raise --repeat-share`);
}
