import { VALUE_VERSION } from '../../../../src/messaging/log/log-values.js';
import { seededRandom, type Random } from '../../../../src/sandbox/seeded-random.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { ModelLaws, type Counts } from './model-laws.js';
import { ModelLog } from './model-log.js';
import { SILENT_AFTER_MS, T_MS } from './model-process.js';
import { ModelRegion } from './model-region.js';
import type { NodeName } from './model-store.js';
import type { Mutant } from './mutants.js';

const NAMES = ['us', 'eu', 'ap'] as const;
const KEYS = Array.from({ length: 3 }, (_, at) => String(at).padStart(64, '0'));
const AGENTS = ['a', 'b'];
const NODES: readonly NodeName[] = ['heard', 'entries', 'marks', 'agents'];
const ROUNDS = 20;
/** A partition takes all records of a step. */
const ALL = 10_000;
const START_MS = 1_000_000;
/** A failover loses less than the records that are read again. */
const MOST_LOST_MS = 20_000;
/** The clocks of two stores differ by at most this much. Small differences are likely, too. */
const SKEWS_MS = [200, 4000, 60_000];

/** The result of one schedule. The counts show that its steps did something. */
export interface Outcome extends Counts {
  readonly violations: readonly string[];
}

/** Runs one random schedule of two or three regions in virtual time. */
export async function runSchedule(seed: number, mutant?: Mutant): Promise<Outcome> {
  const schedule = new Schedule(seed, mutant);
  await schedule.run();
  return schedule.laws.outcome();
}

/** Runs the schedules with the seeds from 1 on, until one breaks a promise. */
export async function runSchedules(count: number, mutant?: Mutant): Promise<Outcome> {
  const totals = { served: 0, refused: 0, acknowledged: 0, reports: 0 };
  for (let seed = 1; seed <= count; seed += 1) {
    const { violations, ...counts } = await runSchedule(seed, mutant);
    for (const name of ['served', 'refused', 'acknowledged', 'reports'] as const) totals[name] += counts[name];
    if (violations.length > 0) return { violations, ...totals };
  }
  return { violations: [], ...totals };
}

/**
 * Chooses the steps of a schedule.
 *
 * The file exceeds 220 lines because the steps share one random order: a seed names a schedule only
 * while they stay together.
 */
class Schedule {
  readonly laws: ModelLaws;
  private readonly random: Random;
  private readonly log: ModelLog;
  private readonly clock = new ManualClock(START_MS);
  private readonly regions: readonly ModelRegion[];
  private events = 0;
  /** The store replies after a time below this. */
  private repliesAfterMs = 20;

  constructor(
    private readonly seed: number,
    mutant: Mutant | undefined,
  ) {
    this.random = seededRandom(seed);
    this.log = new ModelLog(1 + this.below(2));
    const { clock, log } = this;
    const skew = this.any(SKEWS_MS);
    this.regions = NAMES.slice(0, seed % 3 === 0 ? 3 : 2).map((name, _, names) => {
      const skewMs = this.below(skew + 1) - Math.floor(skew / 2);
      const peers = names.filter((other) => other !== name);
      return new ModelRegion({ name, peers, log, clock, mutant, nowMs: () => clock.nowMs() + skewMs });
    });
    this.laws = new ModelLaws(seed, clock, this.regions);
  }

  async run(): Promise<void> {
    // Most schedules begin with regions that hear each other.
    if (this.random() < 0.8) await this.settle(3);
    for (let round = 0; round < ROUNDS && this.laws.areKept; round += 1) {
      if (round % 10 === 0) await this.drill(this.any(this.regions), this.any(KEYS));
      await this.round();
    }
    if (this.laws.areKept && this.seed % 2 === 0) await this.hearsAgain();
  }

  /** About a second. Each step of a region may be left out, or end half-way. */
  private async round(): Promise<void> {
    this.pass(1200);
    for (const region of this.regions) await this.hear(region);
    if (this.random() < 0.3) await this.disturb(this.any(this.regions), this.below(this.log.partitions.length));
    for (let event = 0; event < 3; event += 1) this.use(this.any(this.regions), this.any(KEYS));
    for (const region of this.regions) await this.change(region);
    this.replicateInTime();
  }

  /** A region is disturbed at the worst moment: it has just loaded what another one invalidates. */
  private async drill(region: ModelRegion, key: string): Promise<void> {
    const other = this.any(this.regions.filter((each) => each !== region));
    this.repliesAfterMs = this.any([20, 20, 1400]);
    [region.isCut, region.isLeaderless, other.isCut] = [false, false, false];
    await this.settle(2);
    this.replicateInTime();
    region.beginLoad(key);
    this.finishLoads(region);
    this.readAll();
    await this.invalidateInDrill(region, other, key);
    for (let step = this.below(12); step > 0; step -= 1) await this.drillStep(region, other);
    await this.hearInDrill(region, other);
    await this.loseInDrill(region, other);
    this.repliesAfterMs = 20;
  }

  private async invalidateInDrill(region: ModelRegion, other: ModelRegion, key: string): Promise<void> {
    if (this.random() < 0.5) region.store.replicate();
    if (this.random() < 0.3) await region.beatUntilDeclared();
    const kind = this.random();
    if (kind < 0.5) region.isCut = true;
    else if (this.log.partitions.length < 5) this.log.addPartition();
    this.invalidate(other, key);
    if (this.random() < 0.2) other.isCut = true;
    if (kind > 0.7) {
      this.pass(2000);
      await region.beat();
      region.isLeaderless = true;
    }
  }

  private async hearInDrill(region: ModelRegion, other: ModelRegion): Promise<void> {
    region.isCut = false;
    if (this.random() < 0.4) region.stall();
    if (this.random() < 0.5) await this.reconnect(region);
    await this.drillStep(region, other);
    if (this.random() < 0.2) region.crash(this.below(2));
    for (let step = 0; step < 3; step += 1) await this.drillStep(region, other);
  }

  private async loseInDrill(region: ModelRegion, other: ModelRegion): Promise<void> {
    region.isLeaderless = false;
    await region.resume();
    for (const each of [region, other]) this.report(each, this.any(AGENTS));
    if (this.random() < 0.3) await this.failOver(region);
    if (this.random() < 0.3) for (const at of region.processes.keys()) region.crash(at);
    await this.drillStep(region, other);
  }

  /** Everything arrives at once, except the messages between the processes. */
  private async reconnect(region: ModelRegion): Promise<void> {
    for (let part = 0; part < 3; part += 1) await region.beat();
    for (const [index] of this.log.partitions.entries()) await region.deliver(index, ALL, true);
    for (const process of region.processes) process.poll(() => undefined);
    this.readAll();
  }

  private async drillStep(region: ModelRegion, other: ModelRegion): Promise<void> {
    this.pass(1000);
    await this.hear(other);
    await this.hear(region);
    this.readAll();
    this.replicateInTime();
  }

  private replicateInTime(): void {
    for (const { store } of this.regions) if (store.lagMs > MOST_LOST_MS) store.replicate();
  }

  private async hear(region: ModelRegion): Promise<void> {
    if (!region.isLeaderless) for (let part = 0; part < 3 && this.random() < 0.85; part += 1) await region.beat();
    this.pass(60);
    if (this.random() < 0.1) region.learnPartitions();
    for (const [index] of this.log.partitions.entries())
      if (this.random() < 0.8)
        await region.deliver(index, this.random() < 0.7 ? ALL : this.below(4), this.random() < 0.8);
    const lateMs = this.random() < 0.5 ? 0 : this.below(1400);
    const pass = (limitMs: number): void => {
      this.pass(limitMs);
      for (const { bus } of region.processes) bus.deliverUpTo(this.clock.nowMs() - lateMs);
    };
    pass(20);
    for (const [at, process] of region.processes.entries()) {
      if (this.random() < 0.8) process.poll(() => pass(this.repliesAfterMs));
      for (const key of KEYS) this.laws.read(region, at, key);
    }
  }

  /** Each fault begins and ends by chance. Most last longer than the bound of a read. */
  private async change(region: ModelRegion): Promise<void> {
    if (this.random() < 0.6) this.finishLoads(region);
    const isHealed = region.isCut && this.random() < 0.12;
    if (isHealed) region.isCut = false;
    else if (this.random() < 0.03) region.isCut = true;
    if (this.random() < 0.12) region.isLeaderless = false;
    else if (this.random() < 0.03) region.isLeaderless = true;
    if (this.random() < (isHealed ? 0.4 : 0.03)) region.stall();
    else if (region.isStalled && this.random() < 0.15) region.crash(this.below(2));
    else if (this.random() < 0.3) await region.resume();
  }

  private use(region: ModelRegion, key: string): void {
    const kind = this.random();
    if (kind < 0.12) for (const each of this.regions) each.beginLoad(key);
    else if (kind < 0.3) this.invalidate(region, key);
    else if (kind < 0.4) this.report(region, this.any(AGENTS));
    else this.readAll();
  }

  private async disturb(region: ModelRegion, index: number): Promise<void> {
    const kind = this.random();
    if (kind < 0.2) await region.handOver(index, this.below(4));
    else if (kind < 0.3) region.newLeader();
    else if (kind < 0.4) this.log.trim(index, this.below(12));
    else if (kind < 0.45) region.forgetPosition(index);
    else if (kind < 0.8) await this.failOver(region);
    else if (this.log.partitions.length < 5) this.log.addPartition();
  }

  private async failOver(region: ModelRegion): Promise<void> {
    const nodes = NODES.filter(() => this.random() < 0.6);
    await region.failOver(nodes);
  }

  /** A load lasts until its lease is given to another load, or until a later round. */
  private finishLoads(region: ModelRegion): void {
    const [first] = region.loads;
    if (first === undefined) return;
    if (this.random() < 0.1) this.pass(2500);
    for (const load of region.loads.splice(0)) region.store.finishLoad(load);
  }

  /** The origin has the new value. The region deletes its entry, then the log takes the record. */
  private invalidate(region: ModelRegion, key: string): void {
    const acceptedMs = this.clock.nowMs();
    const id = this.nextId();
    region.store.invalidate(key, id);
    region.deleted(key);
    if (region.isCut) return;
    this.pass(300);
    const fields = { customers: [key], entryKeys: [], critical: false };
    const head = { schema: VALUE_VERSION, type: 'customer.updated', id, region: region.name, tenant: 't' };
    const last = this.log.partitions.length - 2;
    const partition = this.random() < 0.5 ? last : this.below(last + 1);
    this.append({ topic: 'customer.updated', key, value: JSON.stringify({ ...head, ...fields }), partition });
    this.pass(100);
    this.laws.acknowledged(key, acceptedMs);
  }

  /** A report arrives late, so the order of arrival is not the order of the platform. */
  private report(region: ModelRegion, agent: string): void {
    if (region.isCut) return;
    const id = this.nextId();
    const timestamp = 1000 * (this.clock.nowMs() - this.below(3000)) + this.events;
    region.store.report(agent, timestamp, id);
    const change = { event_id: id, timestamp, agent_id: agent, status: 'BUSY', tenant_id: 't' };
    const value = JSON.stringify({ ...change, datadip: { schema: VALUE_VERSION, id, region: region.name } });
    this.append({ topic: 'agent.status.change', key: agent, value, partition: 0 });
    this.laws.reported(agent, timestamp);
  }

  private append(record: Parameters<ModelLog['append']>[0]): void {
    this.log.append(record, this.clock.nowMs());
  }

  private readAll(): void {
    for (const region of this.regions) {
      for (const at of region.processes.keys()) for (const key of KEYS) this.laws.read(region, at, key);
      this.laws.checkSilence(region);
    }
  }

  private async settle(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      this.clock.advance(1000);
      for (const region of this.regions) for (let part = 0; part < 3; part += 1) await region.beat();
      for (const region of this.regions) {
        region.learnPartitions();
        for (const [index] of this.log.partitions.entries()) await region.deliver(index, ALL, true);
        for (const process of region.processes) {
          process.bus.deliverUpTo(this.clock.nowMs());
          process.poll(() => undefined);
        }
      }
    }
  }

  /** After the last fault, a region that hears serves every entry, however old. */
  private async hearsAgain(): Promise<void> {
    for (const region of this.regions) {
      [region.isCut, region.isLeaderless] = [false, false];
      region.newLeader();
      await region.resume();
    }
    await this.settle(5);
    for (const region of this.regions)
      for (const key of KEYS) {
        region.beginLoad(key);
        for (const load of region.loads.splice(0)) region.store.finishLoad(load);
      }
    await this.settle(Math.ceil(Math.max(T_MS, SILENT_AFTER_MS) / 1000) + 2);
    this.laws.settled(KEYS, AGENTS);
  }

  private nextId(): string {
    this.events += 1;
    return this.events.toString(16).padStart(64, '0');
  }

  /** Some time passes: less than `limitMs`. */
  private pass(limitMs: number): void {
    this.clock.advance(this.below(limitMs));
  }

  private any<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** A whole number from 0 to `limit - 1`. */
  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
