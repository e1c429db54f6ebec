import { setTimeout as delay } from 'node:timers/promises';
import type { Arrival } from './arrivals.ts';
import type { Door } from './doors.ts';
import { sendAll } from './generator.ts';
import type { OriginFigures, StandIns } from './stand-ins.ts';
import { Tally, type Figures } from './tally.ts';

/** The calls in flight at the busiest system, once per interval. */
export type Look = readonly [atMs: number, inFlight: number];

/** The figures of a run. */
export interface Run extends Figures {
  readonly looks: readonly Look[];
  /** `undefined` for a service that runs already: its systems are not known here. */
  readonly origin: OriginFigures | undefined;
}

export interface RunOptions {
  readonly calls: Iterable<Arrival>;
  readonly door: Door;
  readonly forMs: number;
  readonly standIns: StandIns | undefined;
  /** Called with each look. */
  readonly onProgress: (atMs: number, figures: Figures, inFlight: number | undefined) => void;
}

const LOOK_EVERY_MS = 250;
/** The sandbox notices the last closed connections after a moment. */
const SETTLES_WITHIN_MS = 200;

/** Sends the calls of one run, and watches the systems during this time. */
export async function runOnce({ calls, door, forMs, standIns, onProgress }: RunOptions): Promise<Run> {
  const tally = new Tally(forMs);
  const looks: Look[] = [];
  const startedAtMs = performance.now();
  const sending = new AbortController();
  const watch = async (): Promise<void> => {
    while (!sending.signal.aborted) {
      const inFlight = await standIns?.mostInFlight();
      const atMs = performance.now() - startedAtMs;
      if (inFlight !== undefined && atMs <= forMs) looks.push([atMs, inFlight]);
      onProgress(Math.min(atMs, forMs), tally.figures(), inFlight);
      await delay(LOOK_EVERY_MS, undefined, { signal: sending.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  try {
    await sendAll(calls, door, tally);
  } finally {
    sending.abort();
    await watching;
  }
  await delay(SETTLES_WITHIN_MS);
  return { ...tally.figures(), looks, origin: await standIns?.figures() };
}
