/** One origin, and what is asked of it. Times as shares of the row. */
export interface Row {
  readonly name: string;
  readonly baseMs: number;
  readonly gamma: number;
  /** Calls at a time beyond which the origin is slower. */
  readonly knee: (share: number) => number;
  /** Callers a second, each of them another customer. */
  readonly wanted: (share: number) => number;
}

/** Two services, two origins and all callers share two cores: with more than this the machine is measured, not the limiter. */
const MOST_PER_SECOND = 400;

/** From good to bad and back takes so much of the row. */
const SLOPE = 0.05;
const FALLS_AT = 1 / 3;
const RISES_AT = 2 / 3;

function falling(from: number, to: number): Row['knee'] {
  const part = (since: number): number => Math.min(1, Math.max(0, since / SLOPE));
  return (share) => Math.round(from + (to - from) * (part(share - FALLS_AT) - part(share - RISES_AT)));
}

/** Half of what the origin can do, up to `most` times as much, and half again at the end. */
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
  const most = Math.min(2, MOST_PER_SECOND / perSecond);
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
  // Twice what it can do must be within what the machine can.
  row(100, [20, 20], 1.6),
  row(100, WIDE, 1.6),
  row(100, NARROW, 1.6),
  ...[300, 800].flatMap((baseMs) => [STEADY, WIDE, NARROW].map((knee) => row(baseMs, knee, 1.6))),
  ...[1.1, 3].flatMap((gamma) => [STEADY, NARROW].map((knee) => row(300, knee, gamma))),
  { name: '500 callers/s, origin 200/s', baseMs: 300, gamma: 1.6, knee: () => 60, wanted: () => 500 },
  // 30 % of the callers are ivr, and the origin can serve 40 % of all.
  { name: '333 callers/s, origin 133/s', baseMs: 300, gamma: 1.6, knee: () => 40, wanted: () => 333 },
];
