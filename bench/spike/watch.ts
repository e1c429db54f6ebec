import { setTimeout as delay } from 'node:timers/promises';

/** The state of the origin at one moment. */
export interface Look {
  /** Milliseconds since the start of the row. */
  readonly atMs: number;
  readonly inFlight: number;
  readonly knee: number;
}

const LOOKS_EVERY_MS = 100;

export interface Watched {
  readonly looks: Look[];
  readonly inFlight: () => Promise<number>;
}

/** Sets the knee of each moment and samples the origins, until the row is over. */
export async function watch(
  forMs: number,
  knee: (share: number) => number,
  tell: (knee: number) => Promise<unknown>,
  origins: readonly Watched[],
): Promise<void> {
  const startMs = performance.now();
  let told = Number.NaN;
  for (let atMs = 0; atMs < forMs; atMs = performance.now() - startMs) {
    const now = knee(atMs / forMs);
    if (now !== told) await tell(now);
    told = now;
    await Promise.all(
      origins.map(async ({ looks, inFlight }) => looks.push({ atMs, inFlight: await inFlight(), knee: now })),
    );
    await delay(LOOKS_EVERY_MS);
  }
}
