/** An origin and its load. Times are shares of the row. */
export interface Row {
  readonly name: string;
  readonly baseMs: number;
  readonly gamma: number;
  /** The number of concurrent calls above which the origin is slower. */
  readonly knee: (share: number) => number;
  /** Requests per second, each for another customer. */
  readonly wanted: (share: number) => number;
  /** Processes that share the origin. Each request goes to one of them at random. Default: 1. */
  readonly processes?: number;
}

/**
 * Two services, two origins and all callers share two cores. Above this rate the figures describe
 * the machine, not the limiter.
 */
const MAX_PER_SECOND = 400;

/** The share of the row in which the knee falls, and again in which it rises. */
const SLOPE = 0.05;
const FALLS_AT = 1 / 3;
const RISES_AT = 2 / 3;

function falling(from: number, to: number): Row['knee'] {
  const part = (since: number): number => Math.min(1, Math.max(0, since / SLOPE));
  return (share) => Math.round(from + (to - from) * (part(share - FALLS_AT) - part(share - RISES_AT)));
}

/**
 * Half of the origin's capacity, then up to `most` times the capacity, and half again at the end.
 */
function swelling(perSecond: number, most: number): Row['wanted'] {
  return (share) => {
    if (share > 0.85) return perSecond * 0.5;
    return perSecond * (0.5 + (most - 0.5) * Math.min(1, Math.max(0, (share - 0.15) / 0.15)));
  };
}

function row(baseMs: number, [from, to]: readonly [number, number], gamma: number): Row {
  const perSecond = (from / baseMs) * 1000;
  const kind = gamma === 1.6 ? '' : gamma < 1.6 ? ', soft' : ', hard';
  const knee = from === to ? `knee ${from}` : `knee ${from} → ${to} → ${from}`;
  const most = Math.min(2, MAX_PER_SECOND / perSecond);
  return {
    name: `${baseMs} ms, ${knee}${kind}`,
    baseMs,
    gamma,
    knee: from === to ? () => from : falling(from, to),
    wanted: swelling(perSecond, most),
  };
}

const STEADY = [40, 40] as const;
const WIDE = [120, 30] as const;
const NARROW = [40, 15] as const;

export const ROWS: readonly Row[] = [
  // The machine must be able to send twice the capacity of the origin.
  row(100, [20, 20], 1.6),
  row(100, WIDE, 1.6),
  row(100, NARROW, 1.6),
  ...[300, 800].flatMap((baseMs) => [STEADY, WIDE, NARROW].map((knee) => row(baseMs, knee, 1.6))),
  ...[1.1, 3].flatMap((gamma) => [STEADY, NARROW].map((knee) => row(300, knee, gamma))),
  { name: '500 callers/s, origin 200/s', baseMs: 300, gamma: 1.6, knee: () => 60, wanted: () => 500 },
  // 30 % of the requests are ivr, and the origin can serve 40 % of all.
  { name: '333 callers/s, origin 133/s', baseMs: 300, gamma: 1.6, knee: () => 40, wanted: () => 333 },
  // The same origins as in the rows of one process.
  twoProcesses(row(300, WIDE, 1.6)),
  twoProcesses(row(800, WIDE, 1.6)),
];

function twoProcesses(one: Row): Row {
  return { ...one, name: `two processes, ${one.name}`, processes: 2 };
}
