import { VALUE_VERSION } from '../../../../src/messaging/log/log-values.js';
import { seededRandom, type Random } from '../../../../src/sandbox/seeded-random.js';
import { ModelLog } from './model-log.js';
import { ModelRegion, SILENT_AFTER_MS, T_MS } from './model-region.js';

const NAMES = ['us', 'eu', 'ap'] as const;
const KEYS = Array.from({ length: 3 }, (_, at) => String(at).padStart(64, '0'));
const ROUNDS = 30;
/** A partition takes all records of a step. */
const ALL = 10_000;
const START_MS = 1_000_000;

interface Acknowledged {
  readonly key: string;
  /** True time: when the event was accepted, and when its 200 was sent. */
  readonly acceptedMs: number;
  readonly ackedMs: number;
}

/** The result of one schedule. The counts show that its steps did something. */
export interface Outcome {
  readonly violations: readonly string[];
  readonly served: number;
  readonly refused: number;
  readonly acknowledged: number;
}

/** Runs one random schedule of three regions in virtual time. */
export async function runSchedule(seed: number): Promise<Outcome> {
  const schedule = new Schedule(seed);
  await schedule.run();
  return schedule.outcome();
}

class Schedule {
  private readonly random: Random;
  private readonly log: ModelLog;
  private readonly regions: readonly ModelRegion[];
  private readonly acks: Acknowledged[] = [];
  private readonly violations: string[] = [];
  private nowMs = START_MS;
  private events = 0;
  private served = 0;
  private refused = 0;

  constructor(private readonly seed: number) {
    this.random = seededRandom(seed);
    this.log = new ModelLog(1 + this.below(2));
    this.regions = NAMES.slice(0, seed % 3 === 0 ? 3 : 2).map((name, _, names) => {
      const skewMs = this.below(60_001) - 30_000;
      const peers = names.filter((other) => other !== name);
      return new ModelRegion(
        name,
        peers,
        this.log,
        () => this.nowMs + skewMs,
        () => this.nowMs,
      );
    });
  }

  outcome(): Outcome {
    const { violations, served, refused } = this;
    return { violations, served, refused, acknowledged: this.acks.length };
  }

  async run(): Promise<void> {
    // Most schedules begin with regions that hear each other.
    if (this.random() < 0.8) await this.settle(3);
    for (let round = 0; round < ROUNDS; round += 1) await this.round();
    if (this.seed % 5 === 0) await this.hearsAgain();
  }

  /** About a second. Each step of a region may be left out, or end half-way. */
  private async round(): Promise<void> {
    this.nowMs += this.below(1200);
    for (const region of this.regions) await this.hear(region);
    for (let event = 0; event < 3; event += 1) this.use(this.any(this.regions), this.any(KEYS));
    if (this.random() < 0.3) await this.disturb(this.any(this.regions), this.below(this.log.partitions.length));
  }

  private async hear(region: ModelRegion): Promise<void> {
    for (let part = 0; part < 3 && this.random() < 0.85; part += 1) await region.beat();
    this.nowMs += this.below(60);
    if (this.random() < 0.1) region.learnPartitions();
    for (const [index] of this.log.partitions.entries())
      if (this.random() < 0.8)
        await region.deliver(index, this.random() < 0.7 ? ALL : this.below(4), this.random() < 0.8);
    if (this.random() < 0.8) region.poll(0);
    if (this.random() < 0.8) region.poll(1);
  }

  private use(region: ModelRegion, key: string): void {
    const kind = this.random();
    if (kind < 0.25) this.load(region, key);
    else if (kind < 0.45) this.invalidate(region, key);
    else for (const each of this.regions) for (const every of KEYS) this.read(each, every);
  }

  private async disturb(region: ModelRegion, index: number): Promise<void> {
    const kind = this.random();
    if (kind < 0.25) region.isCut = true;
    else if (kind < 0.5) region.isCut = false;
    else if (kind < 0.65) await region.handOver(index, this.below(4));
    else if (kind < 0.72) region.newLeader();
    else if (kind < 0.8) this.log.trim(index, this.below(12));
    else if (kind < 0.85) region.forgetPosition(index);
    else if (kind < 0.9) region.store.replicate();
    else if (kind < 0.93) await region.failOver();
    else if (this.log.partitions.length < 5) this.log.addPartition();
  }

  private load(region: ModelRegion, key: string): void {
    region.store.entries.set(key, { beganMs: region.store.nowMs(), trueMs: this.nowMs });
  }

  /** The origin has the new value. The region deletes its entry, then the log takes the record. */
  private invalidate(region: ModelRegion, key: string): void {
    const acceptedMs = this.nowMs;
    this.events += 1;
    const id = this.events.toString(16).padStart(64, '0');
    region.store.invalidate(key, id);
    if (region.isCut) return;
    this.nowMs += this.below(300);
    const customer = { customers: [key], entryKeys: [], critical: false };
    const value = {
      schema: VALUE_VERSION,
      type: 'customer.updated',
      id,
      region: region.name,
      tenant: 't',
      ...customer,
    };
    const last = this.log.partitions.length - 2;
    const partition = this.random() < 0.5 ? last : this.below(last + 1);
    this.log.append({ topic: 'customer.updated', key, value: JSON.stringify(value), partition }, this.nowMs);
    this.nowMs += this.below(100);
    this.acks.push({ key, acceptedMs, ackedMs: this.nowMs });
  }

  private read(region: ModelRegion, key: string): void {
    const entry = region.read(this.below(2), key);
    if (entry === undefined) {
      this.refused += 1;
      return;
    }
    this.served += 1;
    const broken = this.acks.some(
      (ack) => ack.key === key && ack.ackedMs < this.nowMs - T_MS && entry.trueMs < ack.acceptedMs,
    );
    if (broken) this.violations.push(`seed ${this.seed}: ${region.name} served an entry ${T_MS} ms after its event`);
    this.checkSilence(region);
  }

  /** A region counts as heard only if it has written something lately. */
  private checkSilence(region: ModelRegion): void {
    for (const { view } of region.processes)
      for (const { name, isSilent, heardMs } of view?.regions ?? []) {
        const lastMs = this.regions.find((each) => each.name === name)?.lastBeatMs ?? 0;
        const heardTrueMs = heardMs - (region.store.nowMs() - this.nowMs);
        if (!isSilent && heardTrueMs > lastMs)
          this.violations.push(`seed ${this.seed}: ${region.name} heard ${name} later than it wrote`);
      }
  }

  private async deliverAll(region: ModelRegion): Promise<void> {
    for (const [index] of this.log.partitions.entries()) await region.deliver(index, ALL, true);
  }

  private async settle(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      this.nowMs += 1000;
      for (const region of this.regions) for (let part = 0; part < 3; part += 1) await region.beat();
      for (const region of this.regions) {
        region.learnPartitions();
        await this.deliverAll(region);
        region.poll(0);
        region.poll(1);
      }
    }
  }

  /** After the last fault, a region that hears serves every entry, however old. */
  private async hearsAgain(): Promise<void> {
    for (const region of this.regions) {
      region.isCut = false;
      region.newLeader();
    }
    await this.settle(5);
    for (const region of this.regions) for (const key of KEYS) this.load(region, key);
    const rounds = Math.ceil(Math.max(T_MS, SILENT_AFTER_MS) / 1000) + 2;
    await this.settle(rounds);
    for (const region of this.regions) {
      const refused = KEYS.filter((key) => region.read(0, key) === undefined);
      if (refused.length > 0) this.violations.push(`seed ${this.seed}: ${region.name} hears and refuses its entries`);
      if ((region.processes[0]?.view?.silentRegions.length ?? 1) > 0)
        this.violations.push(`seed ${this.seed}: ${region.name} hears no other region`);
    }
  }

  private any<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** A whole number from 0 to `limit - 1`. */
  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
