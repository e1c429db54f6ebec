import fc, { type Arbitrary } from 'fast-check';
import type { CachePolicy } from '../../../src/config/sections/lookups/lookup-config.js';
import type { Fault, PortCall } from './wire.js';

/** The action of one actor, which begins when the schedule allows. */
type Act =
  | { readonly kind: 'dip'; readonly process: number; readonly key: string }
  /** The sender of an event sends it again once if it was refused. */
  | { readonly kind: 'invalidate'; readonly process: number; readonly critical: boolean }
  | { readonly kind: 'pass'; readonly ms: number }
  /** The messages to a process are lost for a while, and the process notices. */
  | { readonly kind: 'cut'; readonly process: number };

/** An act, and its delay in steps of the schedule. */
export type Command = Act & { readonly afterSteps: number };

/** The commands of a round run at the same time. After all of them have ended, `thenMs` passes. */
export interface Round {
  readonly commands: readonly Command[];
  readonly thenMs: number;
}

/** The commands and faults of a run, without their order. */
export interface Simulation {
  readonly processes: number;
  readonly policy: CachePolicy;
  readonly deadlineMs: number;
  readonly tickMs: number;
  /** The duration of a load, in steps of the schedule. */
  readonly loadSteps: number;
  /** The delay of a message, in steps of the schedule. */
  readonly messageSteps: number;
  readonly noticesEveryLoss: boolean;
  /**
   * Whether a read of an entry reads the epoch, and a write of an entry adds it to the index: as on
   * a single Redis. In a cluster, each takes another step.
   */
  readonly isSingleStore: boolean;
  readonly rounds: readonly Round[];
  /** Whether each load fails, in order. Later loads do not fail. */
  readonly loadsFail: readonly boolean[];
  readonly faults: readonly Fault[];
  readonly mayFail: (call: PortCall) => boolean;
  /** Whether each message is lost unnoticed, in order. Empty if the bus notices every loss. */
  readonly losses: readonly boolean[];
}

/** The entries of the customer, who is cached under two inputs. */
export const KEYS = ['cust:customer:10001:phone', 'cust:customer:10001:email'] as const;

/** Longer than any delay of the store, so that no reader times out. */
const PATIENT_MS = 600_000;

const FRESH_MS = 1000;
export const NO_NEAR: CachePolicy = {
  ttlMs: FRESH_MS,
  staleMs: 5000,
  notFoundTtlMs: 0,
  nearTtlMs: 0,
  invalidatedWithinMs: 10_000,
};
export const SHORT_NEAR: CachePolicy = { ...NO_NEAR, nearTtlMs: 400 };
/**
 * Longer than `MAX_UNHEARD_MS`, so that near-cache entries end by their deletion and not by their
 * TTL.
 */
export const LONG_NEAR: CachePolicy = { ...NO_NEAR, ttlMs: 20_000, nearTtlMs: 10_000 };

/** Together shorter than a lease, so that no lease expires. */
export const SHORT_PAUSES_MS = [1, 120] as const;
/** Longer than a near TTL, than a lease, and than `MAX_UNHEARD_MS`. */
export const ANY_PAUSES_MS = [1, 120, 450, 1600] as const;
/** The entry is then fresh, fresh, stale or expired. */
const RESTS_MS = [0, 150, FRESH_MS + 100, 7000] as const;

export interface SimulationOptions {
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
export function simulations(options: SimulationOptions): Arbitrary<Simulation> {
  const { processes, policies, noticesEveryLoss = true, mayFail, deadlineMs = PATIENT_MS } = options;
  return fc.record({
    processes: fc.constant(processes),
    policy: fc.constantFrom(...policies),
    deadlineMs: fc.constant(deadlineMs),
    // A waiter for an abandoned lease reads again at once in the millisecond of the last finished
    // load. If the clock stood still, that waiter would never stop.
    tickMs: mayFail === undefined ? fc.constantFrom(0, 1) : fc.constant(1),
    loadSteps: fc.constantFrom(1, 3, 6),
    messageSteps: fc.constantFrom(1, 3, 12),
    noticesEveryLoss: fc.constant(noticesEveryLoss),
    isSingleStore: fc.boolean(),
    rounds: fc.array(rounds(options), { minLength: 1, maxLength: 3, size: 'max' }),
    loadsFail: sometimes(true, false, 6),
    faults: mayFail === undefined ? fc.constant([]) : faults(),
    mayFail: fc.constant(mayFail ?? (() => false)),
    losses: noticesEveryLoss ? fc.constant([]) : sometimes(true, false, 20),
  });
}

function rounds(options: SimulationOptions): Arbitrary<Round> {
  return fc.record({
    commands: fc.array(commands(options), { minLength: 1, maxLength: 8, size: 'max' }),
    thenMs: fc.constantFrom(...RESTS_MS),
  });
}

function commands({ processes, pausesMs, critical = false, cuts = false }: SimulationOptions): Arbitrary<Command> {
  const afterSteps = fc.constantFrom(1, 5, 12, 25);
  const process = fc.nat({ max: processes - 1 });
  const dip = fc.record({ afterSteps, kind: fc.constant('dip' as const), process, key: fc.constantFrom(...KEYS) });
  const isCritical = critical ? fc.boolean() : fc.constant(false);
  const invalidate = fc.record({ afterSteps, kind: fc.constant('invalidate' as const), process, critical: isCritical });
  const pass = fc.record({ afterSteps, kind: fc.constant('pass' as const), ms: fc.constantFrom(...pausesMs) });
  const cut = fc.record({ afterSteps, kind: fc.constant('cut' as const), process });
  return fc.oneof(
    { weight: 6, arbitrary: dip },
    { weight: 2, arbitrary: invalidate },
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
