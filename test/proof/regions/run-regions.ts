import { setTimeout as sleep } from 'node:timers/promises';
import type { LockRecord, Violation as LockViolation } from '../agents/claim-history.js';
import { Callers } from '../callers.js';
import { check, type Verdict } from '../check.js';
import type { Chronicle, WitnessedRead } from '../chronicle.js';
import type { FaultKind } from '../faults.js';
import { Traffic } from '../traffic.js';
import type { StoreKind } from '../../support/regions/region-store.js';
import { AgentEvents } from './agent-events.js';
import { readEverywhere, untilSettled } from './end-state.js';
import { judgeLocks } from './lock-losses.js';
import { RemoteClaims } from './remote-claims.js';
import { HEADERS, INVALIDATED_WITHIN_MS, openRegionsStage, type RegionsStage } from './stage.js';

/** The last fault ends after the traffic, so that everything held back must arrive afterwards. */
const LAST_CUT_MS = 1500;
/** A region that needs longer after a fault stays deaf. */
const HEARS_AGAIN_WITHIN_MS = 60_000;
/** Customers whose invalidations were acknowledged last are read again at the end. */
const LAST_ACKS = 100;

export interface RegionsPlan {
  readonly store: StoreKind;
  readonly faults: readonly FaultKind<RegionsStage>[];
  /** The run ends when it has at least this many of each, and every fault was injected once. */
  readonly counts: Counts;
  readonly readers: number;
  readonly writers: number;
  readonly claimers: number;
  readonly reporters: number;
  /** Agents of each tenant whose agents are claimed. */
  readonly agents: number;
  /** Pause after each fault; milliseconds. */
  readonly quietMs: number;
  /** After the last link has healed, all regions must agree within this time. */
  readonly settlesWithinMs: number;
}

interface Counts {
  /** Reads that the checker can judge. */
  readonly reads: number;
  readonly invalidations: number;
  readonly claims: number;
  readonly agentEvents: number;
}

export interface RegionsOutcome {
  readonly chronicle: Chronicle;
  /** The law: reads that began later than the bound after an acknowledgement of any region. */
  readonly everywhere: Verdict<WitnessedRead>;
  /** The law of one region: reads after acknowledgements of the same region. */
  readonly within: readonly Verdict<WitnessedRead>[];
  /** Reads after all regions have settled, without any grace. */
  readonly atEnd: Verdict<WitnessedRead>;
  readonly locks: readonly LockRecord[];
  readonly lockViolations: readonly LockViolation[];
  /** The number of locks that a master took with it when it was killed. */
  readonly lostWithMaster: number;
  readonly refused: ReadonlyMap<string, number>;
  readonly done: Counts;
  /** How long it took until all regions heard each other again after each fault. */
  readonly hearsAgain: readonly HearsAgain[];
  readonly settledAfterMs: number;
  readonly tookMs: number;
}

export interface HearsAgain {
  /** The fault that ended. */
  readonly name: string;
  readonly afterMs: number;
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

/** All traffic of a run. */
class RegionsLoad {
  readonly traffic: Traffic;
  readonly events: AgentEvents;
  readonly claims: RemoteClaims;
  readonly hearsAgain: HearsAgain[] = [];
  private loops: Promise<unknown> = Promise.resolve();
  private isOver = false;

  constructor(
    { crm, services }: RegionsStage,
    callers: Callers,
    private readonly plan: RegionsPlan,
  ) {
    const { readers, writers } = plan;
    this.events = new AgentEvents(callers, services);
    this.claims = new RemoteClaims(callers, services, plan.agents);
    this.traffic = new Traffic({ crm, readFrom: services, notified: services, readers, writers, headers: HEADERS });
  }

  async start(): Promise<void> {
    await this.claims.addAgents();
    const { claimers, reporters } = this.plan;
    this.loops = Promise.all([
      ...this.many(claimers, () => this.claims.claimOnce()),
      ...this.many(reporters, () => this.events.sendOne()),
      ...this.many(1, () => this.claims.reportOne()),
    ]);
    this.loops.catch(() => undefined);
  }

  get counts(): Counts {
    const { chronicle } = this.traffic;
    return {
      reads: chronicle.checkable,
      invalidations: chronicle.acks.length,
      claims: this.claims.locks.length,
      agentEvents: this.events.accepted,
    };
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.traffic.stop();
    await this.loops;
  }

  private many(count: number, act: () => Promise<void>): Promise<void>[] {
    return Array.from({ length: count }, async () => {
      while (!this.isOver) {
        await act();
        await sleep(Math.random() * 10);
      }
    });
  }
}

async function injectUntilEnough(stage: RegionsStage, load: RegionsLoad, plan: RegionsPlan): Promise<void> {
  const { chronicle } = load.traffic;
  const isEnough = (): boolean =>
    (Object.keys(plan.counts) as (keyof Counts)[]).every((name) => load.counts[name] >= plan.counts[name]);
  await sleep(plan.quietMs);
  for (let round = 1; round === 1 || !isEnough(); round += 1) {
    for (const { name, lastsMs, inject } of plan.faults) {
      if (round > 1 && isEnough()) break;
      const fromMs = performance.now();
      await inject(stage, lastsMs);
      const healedMs = performance.now();
      chronicle.faults.push({ name, fromMs, toMs: healedMs });
      await stage.regions.untilAllHear(HEARS_AGAIN_WITHIN_MS);
      load.hearsAgain.push({ name, afterMs: performance.now() - healedMs });
      await sleep(plan.quietMs);
    }
    if (round > 1) process.stdout.write(`${JSON.stringify(load.counts)} so far\n`);
  }
  const name = stage.regions.links.names[round3(performance.now())] ?? 'us';
  const fromMs = performance.now();
  await stage.regions.cut(name);
  await sleep(LAST_CUT_MS);
  chronicle.faults.push({ name: 'the last cut', fromMs, toMs: performance.now() });
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
  const { regions, crm, services, losses } = stage;
  const { chronicle } = load.traffic;
  const healedMs = performance.now();
  await Promise.all(regions.links.names.map((name) => regions.heal(name)));
  await untilSettled(stage, load.events, plan.settlesWithinMs);
  const settledMs = performance.now();
  const { writes } = crm;
  const kept = chronicle.left.map((event) => ({ ...event, atMs: settledMs }));
  const recent = [...chronicle.acks.slice(-LAST_ACKS), ...kept].map(({ subject }) => subject);
  const last = await readEverywhere(stage, [...new Set([...recent, ...load.traffic.population.present])]);
  const { acks, reads } = chronicle;
  const { locks, refused } = load.claims;
  return {
    chronicle,
    everywhere: check({ writes, acks, reads: reads.map((read) => ({ ...read, graceMs: INVALIDATED_WITHIN_MS })) }),
    within: services.map(({ name }) =>
      check({
        writes,
        acks: acks.filter(({ service }) => service === name),
        reads: reads.filter(({ service }) => service === name),
      }),
    ),
    atEnd: check({ writes, acks: [...acks, ...kept], reads: last.reads }),
    locks,
    ...judgeLocks(locks, losses),
    refused,
    done: load.counts,
    hearsAgain: load.hearsAgain,
    settledAfterMs: settledMs - healedMs,
    tookMs: performance.now() - fromMs,
  };
}
