import { setTimeout as sleep } from 'node:timers/promises';
import type { LockRecord, SplitCall, Violation as LockViolation } from '../agents/claim-history.js';
import { Callers } from '../callers.js';
import { check, type Verdict } from '../check.js';
import type { WitnessedRead } from '../chronicle.js';
import type { FaultKind } from '../faults.js';
import type { RegionSite } from '../../support/regions/region-site.js';
import type { StoreKind } from '../../support/regions/region-store.js';
import type { AgentEvents } from './agent-events.js';
import { readEverywhere, untilSettled } from './end-state.js';
import type { JudgedChronicle } from './judged-chronicle.js';
import { judgeLocks } from './lock-losses.js';
import { RegionsLoad, type Counts, type HearsAgain, type LoadPlan } from './regions-load.js';
import { HEADERS, openRegionsStage, type RegionsStage } from './stage.js';

/** The last fault ends after the traffic, so that everything held back must arrive afterwards. */
const LAST_CUT_MS = 1500;
/** A region that needs longer after a fault stays deaf. */
const HEARS_AGAIN_WITHIN_MS = 60_000;
/** Customers whose invalidations were acknowledged last are read again at the end. */
const LAST_ACKS = 100;
/** Lines of each log in the report of a region that stays deaf. */
const LOG_LINES = 20;

/**
 * A run ends when it has at least `counts` of each, and every fault was injected once. A run whose
 * reads break a law ends after the next fault.
 */
export interface RegionsPlan extends LoadPlan {
  readonly store: StoreKind;
  readonly faults: readonly FaultKind<RegionsStage>[];
  /** Pause after each fault; milliseconds. */
  readonly quietMs: number;
  /** After the last link has healed, all regions must agree within this time. */
  readonly settlesWithinMs: number;
  readonly afterEachRound?: (counts: Counts) => void;
  readonly afterEachFault?: (heard: HearsAgain) => void;
}

export interface RegionsOutcome {
  readonly chronicle: JudgedChronicle;
  /** Reads after all regions have settled, without any grace. */
  readonly atEnd: Verdict<WitnessedRead>;
  readonly locks: readonly LockRecord[];
  readonly lockViolations: readonly LockViolation[];
  /** Calls that got two locks, and no killed master explains it. */
  readonly splitCalls: readonly SplitCall[];
  /** The number of locks that a master took with it when it was killed. */
  readonly lostWithMaster: number;
  readonly refused: ReadonlyMap<string, number>;
  readonly events: AgentEvents;
  readonly done: Counts;
  /** How long it took until all regions heard each other again after each fault. */
  readonly hearsAgain: readonly HearsAgain[];
  readonly settledAfterMs: number;
  readonly tookMs: number;
}

/** Runs traffic of all kinds in three regions, injects one fault after another, and judges. */
export async function runRegions(plan: RegionsPlan): Promise<RegionsOutcome> {
  const stage = await openRegionsStage(plan.store);
  const callers = new Callers(HEADERS);
  try {
    const load = new RegionsLoad(stage, callers, plan);
    await load.start();
    const fromMs = performance.now();
    try {
      await injectUntilEnough(stage, load, plan);
    } finally {
      await load.stop();
    }
    return await judge(stage, load, plan, fromMs);
  } finally {
    callers.close();
    await stage.stop();
  }
}

async function injectUntilEnough(stage: RegionsStage, load: RegionsLoad, plan: RegionsPlan): Promise<void> {
  const { chronicle } = load;
  const isEnough = (): boolean =>
    chronicle.violations > 0 ||
    (Object.keys(plan.counts) as (keyof Counts)[]).every((name) => load.counts[name] >= plan.counts[name]);
  await sleep(plan.quietMs);
  for (let round = 1; round === 1 || !isEnough(); round += 1) {
    for (const { name, lastsMs, inject } of plan.faults) {
      if (round > 1 && isEnough()) break;
      const fromMs = performance.now();
      await inject(stage, lastsMs);
      const healedMs = performance.now();
      chronicle.faults.push({ name, fromMs, toMs: healedMs });
      const deaf = await hearAgain(stage, name);
      const heard = { name, afterMs: performance.now() - healedMs, deaf };
      load.hearsAgain.push(heard);
      plan.afterEachFault?.(heard);
      await sleep(plan.quietMs);
    }
    plan.afterEachRound?.(load.counts);
  }
  const name = stage.regions.links.names[round3(performance.now())] ?? 'us';
  const fromMs = performance.now();
  await stage.regions.cut(name);
  await sleep(LAST_CUT_MS);
  chronicle.faults.push({ name: 'the last cut', fromMs, toMs: performance.now() });
}

/** @returns what each region was deaf for, and until when */
async function hearAgain({ regions }: RegionsStage, fault: string): Promise<HearsAgain['deaf']> {
  const fromMs = performance.now();
  const deaf = new Map<string, { readonly untilMs: number; readonly reason: string }>();
  const note = (site: string, reason: string): void =>
    void deaf.set(site, { untilMs: performance.now() - fromMs, reason });
  try {
    await regions.untilAllHear(HEARS_AGAIN_WITHIN_MS, note);
    return deaf;
  } catch (error) {
    const facts = await Promise.all(regions.sites.map((site) => factsOf(site)));
    throw new Error(`a region stays deaf after: ${fault}\n${facts.join('\n')}`, { cause: error });
  }
}

async function factsOf(site: RegionSite): Promise<string> {
  const health = await site.get('/health/ready').catch((error: unknown) => ({ text: String(error) }));
  const metrics = await site.get('/metrics').catch(() => undefined);
  const hearing = (metrics?.text ?? '').split('\n').filter((line) => /^datadip_(bus|region|outbox)/.test(line));
  return [`${site.name}:`, health.text, ...hearing, lastLines(site.process().output)].join('\n');
}

function lastLines(text: string): string {
  return text.split('\n').slice(-LOG_LINES).join('\n');
}

function round3(value: number): number {
  return Math.floor(value) % 3;
}

async function judge(
  stage: RegionsStage,
  load: RegionsLoad,
  plan: RegionsPlan,
  fromMs: number,
): Promise<RegionsOutcome> {
  const { regions, crm, losses } = stage;
  const { chronicle } = load;
  const healedMs = performance.now();
  await Promise.all(regions.links.names.map((name) => regions.heal(name)));
  await untilSettled(stage, load.events, plan.settlesWithinMs);
  const settledMs = performance.now();
  const { writes } = crm;
  const kept = chronicle.left.map((event) => ({ ...event, atMs: settledMs }));
  const recent = [...chronicle.acks.slice(-LAST_ACKS), ...kept].map(({ subject }) => subject);
  const last = await readEverywhere(stage, [...new Set([...recent, ...load.traffic.population.present])]);
  const { acks } = chronicle;
  const { locks, refused } = load.claims;
  return {
    chronicle,
    atEnd: check({ writes, acks: [...acks, ...kept], reads: last.reads }),
    locks,
    ...judgeLocks(load.claims, losses),
    refused,
    events: load.events,
    done: load.counts,
    hearsAgain: load.hearsAgain,
    settledAfterMs: settledMs - healedMs,
    tookMs: performance.now() - fromMs,
  };
}
