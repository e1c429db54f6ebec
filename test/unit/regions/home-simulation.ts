import { HomesTable } from '../../../src/regions/internal/homes-table.js';
import {
  LONGEST_CLAIM_MS,
  nextStep,
  type MoveTerms,
  type MoveView,
  type Release,
} from '../../../src/regions/internal/home-move.js';
import type { HomeMoved, HomeReleased } from '../../../src/messaging/log/log-values.js';
import { seededRandom } from '../../../src/sandbox/seeded-random.js';

const REGIONS = ['us', 'eu', 'ap'] as const;
const TENANT = '10001';
const SILENT_AFTER_MS = 5000;
const START_MS = 1_000_000;
/** A request decides that its region is the home, and its script runs so much later at most. */
const LONGEST_REQUEST_MS = 2000;

type Entry = HomeMoved | HomeReleased | { readonly type: 'heartbeat'; readonly region: string; readonly homes: string };

/** A region: its Redis, its processes, and its way to the log. */
interface SimulatedRegion {
  readonly name: string;
  readonly skewMs: number;
  /** The table in Redis, and the copies of two processes, which are behind. */
  readonly table: HomesTable;
  readonly processes: readonly HomesTable[];
  readonly heard: Map<string, { readonly homes: string; readonly atMs: number }>;
  readonly released: Map<number, Release>;
  sinceMs: number;
  isClosed: boolean;
  lastFence: number;
  lastClaimMs: number;
  offset: number;
  isAlive: boolean;
  readsFromMs: number;
  writesFromMs: number;
}

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

/** Events by time: a slot per millisecond, in the order in which they were added. */
class EventQueue {
  private readonly slots: Event[][] = [];
  private at = Infinity;
  private left = 0;

  add(event: Event): void {
    const slot = Math.ceil(event.atMs) - START_MS;
    (this.slots[slot] ??= []).push(event);
    this.at = Math.min(this.at, slot);
    this.left += 1;
  }

  take(): Event | undefined {
    if (this.left === 0) return undefined;
    while ((this.slots[this.at]?.length ?? 0) === 0) this.at += 1;
    this.left -= 1;
    return this.slots[this.at]?.shift();
  }
}

/**
 * Regions that move a home while links are cut, records come late and twice, and the commands that
 * move it die. Time is virtual: a schedule is decided by its seed.
 *
 * The file exceeds 220 lines because all rules of the model share one clock and one log.
 */
class HomeSimulation {
  readonly violations: string[] = [];
  claims = 0;
  moves = 0;
  private nowMs = START_MS;
  private lastFence = 0;
  private readonly log: Entry[] = [];
  private readonly events = new EventQueue();
  private readonly random: () => number;
  private readonly regions: SimulatedRegion[];

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.regions = REGIONS.map((name) => this.createRegion(name));
  }

  /** Runs a minute of disturbances, heals every link, and finishes a last move. */
  run(): void {
    this.every(1000, 70_000, () => this.beat());
    this.every(400, 60_000, () => this.request());
    for (let count = this.upTo(4); count > 0; count -= 1) this.at(this.upTo(25_000), () => this.startMove());
    for (let count = this.upTo(5); count > 0; count -= 1) this.at(this.upTo(45_000), () => this.cut());
    if (this.random() < 0.2) this.at(this.upTo(30_000), () => this.stopRegion());
    this.at(60_000, () => this.heal());
    const last = { isDone: false };
    this.at(62_000, () => {
      const target = this.oneOf(this.living());
      this.move(target, this.termsOf(target.name), 60, () => (last.isDone = true));
    });
    this.every(1000, 95_000, () => this.beat(), 70_000);
    this.every(400, 100_000, () => this.request(), 60_000);
    this.play();
    if (!last.isDone) this.violations.push('the last move does not end');
    const tables = new Set(
      this.living().flatMap(({ table, processes }) => [table, ...processes].map((t) => t.fingerprint)),
    );
    if (tables.size !== 1) this.violations.push('tables differ at the end');
    const home = this.living().find(({ name, table }) => table.homeOf(TENANT).home === name);
    if (home === undefined || this.nowMs - home.lastClaimMs > 15_000) this.violations.push('the home does not claim');
  }

  private createRegion(name: string): SimulatedRegion {
    const table = (): HomesTable => new HomesTable({ home: 'us', homes: new Map() });
    return {
      ...{ name, skewMs: this.upTo(60_000) - 30_000, table: table(), processes: [table(), table()] },
      ...{ heard: new Map(), released: new Map(), sinceMs: 0, isClosed: false, lastFence: 0, lastClaimMs: -Infinity },
      ...{ offset: 0, isAlive: true, readsFromMs: 0, writesFromMs: 0 },
    };
  }

  private living(): SimulatedRegion[] {
    return this.regions.filter(({ isAlive }) => isAlive);
  }

  private play(): void {
    for (let event = this.events.take(); event !== undefined; event = this.events.take()) {
      this.nowMs = event.atMs;
      event.run();
    }
  }

  private at(afterMs: number, run: () => void): void {
    this.events.add({ atMs: this.nowMs + afterMs, run });
  }

  private every(ms: number, untilMs: number, run: () => void, fromMs = 0): void {
    for (let atMs = fromMs + this.upTo(ms); atMs < untilMs; atMs += ms) this.at(atMs, run);
  }

  private upTo(max: number): number {
    return Math.floor(this.random() * (max + 1));
  }

  private oneOf<T>(list: readonly T[]): T {
    return item(list, this.upTo(list.length - 1));
  }

  private beat(): void {
    for (const region of this.living())
      this.append(region, { type: 'heartbeat', region: region.name, homes: region.table.fingerprint });
  }

  /** A record that cannot be written now is lost, or is written after its writer gave it up. */
  private append(region: SimulatedRegion, entry: Entry): void {
    if (!region.isAlive) return;
    const isCut = region.writesFromMs > this.nowMs;
    if (isCut && (entry.type === 'heartbeat' || this.random() < 0.5)) return;
    this.at(isCut ? region.writesFromMs - this.nowMs + 1 : this.upTo(200), () => {
      this.log.push(entry);
      for (const reader of this.regions) this.at(this.upTo(400), () => this.read(reader));
    });
  }

  private read(region: SimulatedRegion): void {
    if (!region.isAlive || region.readsFromMs > this.nowMs) return;
    // A process that takes over reads records again.
    if (this.random() < 0.03) region.offset = Math.max(0, region.offset - this.upTo(20));
    for (; region.offset < this.log.length; region.offset += 1) this.apply(region, item(this.log, region.offset));
  }

  private apply(region: SimulatedRegion, entry: Entry): void {
    switch (entry.type) {
      case 'heartbeat': {
        if (entry.region === region.name) return;
        region.heard.set(entry.region, { homes: entry.homes, atMs: this.nowMs });
        const disagreement = region.table.compare(entry.homes);
        if (disagreement === 'all' || disagreement.size > 0) this.violations.push('tables disagree');
        return;
      }
      case 'tenant.home-released': {
        const { epoch, lastFence } = entry;
        if (!region.released.has(epoch))
          region.released.set(epoch, { region: entry.region, lastFence, atMs: this.nowMs });
        return;
      }
      case 'tenant.home':
        this.applyMove(region, entry);
    }
  }

  private applyMove(region: SimulatedRegion, record: HomeMoved): void {
    const moved = region.table.next(record);
    if (moved === undefined) return;
    if (moved.home === region.name) region.isClosed = false;
    region.table.take(moved);
    region.sinceMs = this.nowMs;
    for (const process of region.processes) this.at(this.upTo(1000), () => void process.take(moved));
    if (moved.home === null && moved.former === region.name)
      this.at(this.upTo(500), () => this.close(region, moved.epoch));
  }

  /** Repeats until the log has the record. */
  private close(region: SimulatedRegion, epoch: number): void {
    if (region.table.homeOf(TENANT).epoch !== epoch || region.released.has(epoch) || !region.isAlive) return;
    region.isClosed = true;
    const { name, lastFence } = region;
    this.append(region, { schema: 1, type: 'tenant.home-released', tenant: TENANT, epoch, region: name, lastFence });
    this.at(1000, () => this.close(region, epoch));
  }

  private request(): void {
    const region = this.oneOf(this.regions);
    const { home, fenceAbove } = this.oneOf(region.processes).homeOf(TENANT);
    if (home !== region.name) return;
    const afterMs = this.random() < 0.8 ? this.upTo(20) : this.upTo(LONGEST_REQUEST_MS);
    this.at(afterMs, () => this.claim(region, fenceAbove));
  }

  /** The claim script. */
  private claim(region: SimulatedRegion, fenceAbove: number): void {
    if (!region.isAlive || region.isClosed) return;
    const clock = (this.nowMs + region.skewMs) * 100;
    const fence = Math.max(region.lastFence + 1, fenceAbove + 1, clock);
    for (const other of this.regions)
      if (other !== region && this.nowMs - other.lastClaimMs < LONGEST_CLAIM_MS)
        this.violations.push(`${region.name} claims while a claim of ${other.name} may be held`);
    if (fence <= this.lastFence) this.violations.push('a fence does not rise');
    this.lastFence = fence;
    region.lastFence = fence;
    region.lastClaimMs = this.nowMs;
    this.claims += 1;
  }

  private startMove(): void {
    const region = this.oneOf(this.living());
    const steps = this.random() < 0.4 ? this.upTo(12) : 24;
    this.move(region, this.termsOf(REGIONS[this.upTo(2)] as string), steps, () => undefined);
  }

  private termsOf(to: string): MoveTerms {
    const lost = this.regions.find(({ isAlive }) => !isAlive);
    return { tenant: TENANT, to, stopped: lost && { region: lost.name, sinceMs: this.nowMs } };
  }

  /** The command that moves the home. It dies after this number of steps. */
  private move(region: SimulatedRegion, terms: MoveTerms, steps: number, done: () => void): void {
    const isLost = this.regions.some(({ name, isAlive }) => name === terms.to && !isAlive);
    if (steps === 0 || isLost || !region.isAlive) return;
    const decided = nextStep(this.viewOf(region), terms);
    if (decided.kind === 'done') {
      this.moves += 1;
      done();
      return;
    }
    if (decided.kind === 'append') this.append(region, decided.record);
    this.at(500 + this.upTo(1000), () => this.move(region, terms, steps - 1, done));
  }

  private viewOf({ name, table, heard, released, sinceMs }: SimulatedRegion): MoveView {
    const present = table.homeOf(TENANT);
    const regions = REGIONS.filter((each) => each !== name).map((each) => {
      const { homes = '', atMs = -Infinity } = heard.get(each) ?? {};
      const isSilent = this.nowMs - atMs > SILENT_AFTER_MS;
      return { name: each, isSilent, hasRead: table.agrees(homes, TENANT) };
    });
    return { present, presentSinceMs: sinceMs, nowMs: this.nowMs, released: released.get(present.epoch), regions };
  }

  private cut(): void {
    const region = this.oneOf(this.regions);
    const untilMs = this.nowMs + this.upTo(15_000);
    const kind = this.upTo(2);
    if (kind !== 0) region.readsFromMs = Math.max(region.readsFromMs, untilMs);
    if (kind !== 1) region.writesFromMs = Math.max(region.writesFromMs, untilMs);
    this.at(untilMs - this.nowMs + 1, () => this.read(region));
  }

  private stopRegion(): void {
    this.oneOf(this.regions).isAlive = false;
  }

  private heal(): void {
    for (const region of this.regions) {
      [region.readsFromMs, region.writesFromMs] = [0, 0];
      this.read(region);
    }
  }
}

/** Plays the schedules of these seeds. */
export function playSchedules(firstSeed: number, count: number) {
  const failed: { readonly seed: number; readonly violations: readonly string[] }[] = [];
  let [claims, moves] = [0, 0];
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const simulation = new HomeSimulation(seed);
    simulation.run();
    if (simulation.violations.length > 0) failed.push({ seed, violations: simulation.violations });
    claims += simulation.claims;
    moves += simulation.moves;
  }
  return { failed, claims, moves };
}

function item<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw new RangeError('no such item');
  return found;
}
