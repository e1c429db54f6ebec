import { T_MS } from './model-process.js';
import type { ModelRegion } from './model-region.js';

/** The number of steps of each kind that the schedules took. */
export interface Counts {
  readonly served: number;
  readonly refused: number;
  readonly acknowledged: number;
  readonly reports: number;
}

interface Acknowledged {
  /** True time: when the event was accepted, and when its 200 was sent. */
  readonly acceptedMs: number;
  readonly ackedMs: number;
}

/** The promises of several regions, checked in true time. */
export class ModelLaws {
  private readonly acks = new Map<string, Acknowledged[]>();
  private readonly lastReports = new Map<string, number>();
  private readonly violations: string[] = [];
  private served = 0;
  private refused = 0;
  private acknowledgements = 0;
  private reports = 0;

  constructor(
    private readonly seed: number,
    private readonly clock: { nowMs(): number },
    private readonly regions: readonly ModelRegion[],
  ) {}

  get areKept(): boolean {
    return this.violations.length === 0;
  }

  outcome(): Counts & { readonly violations: readonly string[] } {
    const { violations, served, refused, acknowledgements: acknowledged, reports } = this;
    return { violations, served, refused, acknowledged, reports };
  }

  /** A 200 was sent now to an event that was accepted at this moment. */
  acknowledged(key: string, acceptedMs: number): void {
    this.acknowledgements += 1;
    const acks = this.acks.get(key) ?? [];
    acks.push({ acceptedMs, ackedMs: this.clock.nowMs() });
    this.acks.set(key, acks);
  }

  reported(agent: string, timestamp: number): void {
    this.reports += 1;
    this.lastReports.set(agent, Math.max(timestamp, this.lastReports.get(agent) ?? 0));
  }

  /** A read must not get what was invalidated more than T before it began. */
  read(region: ModelRegion, at: number, key: string): void {
    const originMs = region.processes[at]?.read(key);
    if (originMs === undefined) {
      this.refused += 1;
      return;
    }
    this.served += 1;
    const untilMs = this.clock.nowMs() - T_MS;
    const isBroken = this.acks.get(key)?.some((ack) => ack.ackedMs < untilMs && originMs < ack.acceptedMs) ?? false;
    if (isBroken) this.broken(`${region.name} served an entry ${T_MS} ms after its event`);
  }

  /** All faults are over, and all regions have heard each other for longer than the bounds. */
  settled(keys: readonly string[], agents: readonly string[]): void {
    for (const region of this.regions) {
      const [process] = region.processes;
      if (keys.some((key) => process?.read(key) === undefined)) this.broken(`${region.name} refuses its entries`);
      if ((process?.view?.silentRegions.length ?? 1) > 0) this.broken(`${region.name} hears no other region`);
      // A platform tells again what the region has missed.
      if (region.hasMissedReports) continue;
      const lost = agents.filter((agent) => region.store.agents.get(agent) !== this.lastReports.get(agent));
      if (lost.length > 0) this.broken(`${region.name} has lost a report about an agent`);
    }
  }

  /** A region counts as heard only if it has written something lately. */
  checkSilence({ name: reader, processes, store }: ModelRegion): void {
    const aheadMs = store.nowMs() - this.clock.nowMs();
    for (const { view } of processes)
      for (const { name, isSilent, heardMs } of view?.regions ?? []) {
        const lastMs = this.regions.find((each) => each.name === name)?.lastBeatMs ?? 0;
        if (!isSilent && heardMs - aheadMs > lastMs) this.broken(`${reader} heard ${name} later than it wrote`);
      }
  }

  private broken(what: string): void {
    this.violations.push(`seed ${this.seed}: ${what}`);
  }
}
