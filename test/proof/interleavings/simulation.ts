import fc, { type Arbitrary } from 'fast-check';
import type { CachePolicy } from '../../../src/config/sections/lookups/lookup-config.js';
import type { Fault, PortCall } from './wire.js';

/** What one actor does when the schedule lets it begin. */
type Act =
  | { readonly kind: 'dip'; readonly process: number; readonly key: string }
  /** The sender of an event sends it again once if it was refused. */
  | { readonly kind: 'forget'; readonly process: number; readonly critical: boolean }
  | { readonly kind: 'pass'; readonly ms: number }
  /** The messages to a process are lost for a while, and it knows. */
  | { readonly kind: 'cut'; readonly process: number };

/** An act, and how late it comes. */
export type Command = Act & { readonly afterTurns: number };

/** The commands of a round are under way at the same time; then everything comes to rest, and time passes. */
export interface Round {
  readonly commands: readonly Command[];
  readonly thenMs: number;
}

/** A story without its order. */
export interface Simulation {
  readonly processes: number;
  readonly policy: CachePolicy;
  readonly deadlineMs: number;
  readonly tickMs: number;
  /** How slow the origin is: so many turns of others may come between. */
  readonly loadTurns: number;
  /** The same of the messages. */
  readonly messageTurns: number;
  readonly noticesEveryLoss: boolean;
  readonly rounds: readonly Round[];
  /** One by one, whether a load fails; afterwards none does. */
  readonly loadsFail: readonly boolean[];
  readonly faults: readonly Fault[];
  readonly mayFail: (call: PortCall) => boolean;
  /** One by one, whether a message is lost unnoticed; only where drops are not sure. */
  readonly losses: readonly boolean[];
}

/** One customer, cached under two inputs. */
export const KEYS = ['cust:customer:10001:phone', 'cust:customer:10001:email'] as const;

/** No reader gives the store up, however slow it is, within this. */
const PATIENT_MS = 600_000;

const FRESH_MS = 1000;
export const NO_NEAR: CachePolicy = { ttlMs: FRESH_MS, staleMs: 5000, notFoundTtlMs: 0, nearTtlMs: 0 };
export const SHORT_NEAR: CachePolicy = { ...NO_NEAR, nearTtlMs: 400 };
/** Longer than a drop may go unheard, so that it is the drops, and not their own end, that must end the copies. */
export const LONG_NEAR: CachePolicy = { ...NO_NEAR, ttlMs: 20_000, nearTtlMs: 10_000 };

/** Together shorter than a lease, so that none is lost. */
export const SHORT_PAUSES_MS = [1, 120] as const;
/** Past a near copy's end, past a lease's, past what may go unheard. */
export const ANY_PAUSES_MS = [1, 120, 450, 1600] as const;
/** Still fresh, stale, gone. */
const RESTS_MS = [0, 150, FRESH_MS + 100, 7000] as const;

export interface Wishes {
  readonly processes: number;
  readonly policies: readonly CachePolicy[];
  readonly pausesMs: readonly number[];
  readonly critical?: boolean;
  readonly cuts?: boolean;
  readonly noticesEveryLoss?: boolean;
  readonly mayFail?: (call: PortCall) => boolean;
  readonly deadlineMs?: number;
}

/** Scenes of up to three rounds of up to eight actors. */
export function simulations(wishes: Wishes): Arbitrary<Simulation> {
  const { processes, policies, noticesEveryLoss = true, mayFail, deadlineMs = PATIENT_MS } = wishes;
  return fc.record({
    processes: fc.constant(processes),
    policy: fc.constantFrom(...policies),
    deadlineMs: fc.constant(deadlineMs),
    // Whoever follows a lease that was left behind looks again at once as long as it is the millisecond of the last landing: with a
    // clock that stands still, for ever.
    tickMs: mayFail === undefined ? fc.constantFrom(0, 1) : fc.constant(1),
    loadTurns: fc.constantFrom(1, 3, 6),
    messageTurns: fc.constantFrom(1, 3, 12),
    noticesEveryLoss: fc.constant(noticesEveryLoss),
    rounds: fc.array(rounds(wishes), { minLength: 1, maxLength: 3, size: 'max' }),
    loadsFail: sometimes(true, false, 6),
    faults: mayFail === undefined ? fc.constant([]) : faults(),
    mayFail: fc.constant(mayFail ?? (() => false)),
    losses: noticesEveryLoss ? fc.constant([]) : sometimes(true, false, 20),
  });
}

function rounds(wishes: Wishes): Arbitrary<Round> {
  return fc.record({
    commands: fc.array(commands(wishes), { minLength: 1, maxLength: 8, size: 'max' }),
    thenMs: fc.constantFrom(...RESTS_MS),
  });
}

function commands({ processes, pausesMs, critical = false, cuts = false }: Wishes): Arbitrary<Command> {
  const afterTurns = fc.constantFrom(1, 5, 12, 25);
  const process = fc.nat({ max: processes - 1 });
  const dip = fc.record({ afterTurns, kind: fc.constant('dip' as const), process, key: fc.constantFrom(...KEYS) });
  const isCritical = critical ? fc.boolean() : fc.constant(false);
  const forget = fc.record({ afterTurns, kind: fc.constant('forget' as const), process, critical: isCritical });
  const pass = fc.record({ afterTurns, kind: fc.constant('pass' as const), ms: fc.constantFrom(...pausesMs) });
  const cut = fc.record({ afterTurns, kind: fc.constant('cut' as const), process });
  return fc.oneof(
    { weight: 6, arbitrary: dip },
    { weight: 2, arbitrary: forget },
    { weight: 1, arbitrary: pass },
    { weight: cuts ? 1 : 0, arbitrary: cut },
  );
}

function faults(): Arbitrary<Fault[]> {
  const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'none', 'refused', 'reply lost');
  return fc.array(fault, { maxLength: 30, size: 'max' });
}

function sometimes<T>(seldom: T, mostly: T, maxLength: number): Arbitrary<T[]> {
  return fc.array(fc.constantFrom(mostly, mostly, mostly, mostly, mostly, mostly, mostly, seldom), {
    maxLength,
    size: 'max',
  });
}
