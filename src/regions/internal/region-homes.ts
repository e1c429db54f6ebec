import type { RegionsConfig } from '../../config/sections/regions.js';
import type { HomeReleased } from '../../messaging/log/log-values.js';
import { isAffected, type Disagreement } from './home-fingerprint.js';
import type { MoveView, Release } from './home-move.js';
import type { HeardTable, HomesStore, StoredHome, StoredHomes } from './homes-store.js';
import type { HomesTable, MovedHome } from './homes-table.js';

/**
 * The table of homes as this process knows it: the table in the region's Redis, and the moves that
 * Redis has lost.
 */
export class RegionHomes {
  /** False until this process has read the region's table once. */
  isLoaded = false;
  /** The clock of the region's Redis at the last reading. */
  nowMs = 0;
  heard: ReadonlyMap<string, HeardTable> = new Map();
  private readonly moved = new Map<string, StoredHome>();
  private released: ReadonlyMap<string, Release & { readonly epoch: number }> = new Map();
  private disagreements: ReadonlyMap<string, Disagreement> = new Map();
  private reading: Promise<void> = Promise.resolve();

  constructor(
    readonly table: HomesTable,
    private readonly store: HomesStore,
  ) {}

  /**
   * Reads what changed. Starts a new reading even if one is running, because the running one may
   * miss what the caller has just written.
   */
  refresh(): Promise<void> {
    this.reading = this.reading.catch(() => undefined).then(() => this.read());
    return this.reading;
  }

  async write(moved: MovedHome): Promise<void> {
    await this.store.write(moved);
    await this.refresh();
  }

  async release(released: HomeReleased): Promise<void> {
    await this.store.release(released);
    await this.refresh();
  }

  async hear(region: string, fingerprint: string): Promise<void> {
    await this.store.hear(region, fingerprint);
  }

  /** The moment when the tenant's present home was stored; 0 for the home of the configuration. */
  sinceMs(tenant: string): number {
    return this.moved.get(tenant)?.atMs ?? 0;
  }

  /** The former home's message that it has stopped, for the present epoch. */
  releaseOf(tenant: string): Release | undefined {
    const released = this.released.get(tenant);
    return released?.epoch === this.table.homeOf(tenant).epoch ? released : undefined;
  }

  /** The regions whose tables differ from this one. */
  get disagreeing(): readonly string[] {
    return [...this.disagreements.keys()];
  }

  isDisputed(tenant: string): boolean {
    for (const disagreement of this.disagreements.values()) if (isAffected(disagreement, tenant)) return true;
    return false;
  }

  private async read(): Promise<void> {
    const stored = await this.store.read();
    [this.nowMs, this.heard] = [stored.nowMs, stored.heard];
    if (stored.changed !== undefined) await this.take(stored.changed);
    const found = [...stored.heard].map(
      ([region, { fingerprint }]) => [region, this.table.compare(fingerprint)] as const,
    );
    this.disagreements = new Map(found.filter(([, each]) => each === 'all' || each.size > 0));
    this.isLoaded = true;
  }

  private async take({ moved, released }: NonNullable<StoredHomes['changed']>): Promise<void> {
    this.released = released;
    for (const each of moved) {
      this.table.take(each);
      this.moved.set(each.tenant, each);
    }
    const stored = new Map(moved.map(({ tenant, epoch }) => [tenant, epoch]));
    const lost = this.table.moved().filter(({ tenant, epoch }) => (stored.get(tenant) ?? 0) < epoch);
    for (const each of lost) await this.store.write(each);
  }
}

const NEVER_HEARD: HeardTable = { atMs: -Infinity, fingerprint: '' };

/** The knowledge of a region about a move of the tenant's home. */
export function moveView(
  homes: RegionHomes,
  tenant: string,
  { region, peers, silentAfterMs }: { readonly region: string } & Pick<RegionsConfig, 'peers' | 'silentAfterMs'>,
): MoveView {
  const { nowMs, heard, table } = homes;
  const others = new Set([...peers.keys(), ...heard.keys()].filter((name) => name !== region));
  const regions = [...others].map((name) => {
    const { atMs, fingerprint } = heard.get(name) ?? NEVER_HEARD;
    return { name, isSilent: nowMs - atMs > silentAfterMs, hasRead: table.agrees(fingerprint, tenant) };
  });
  const known = { presentSinceMs: homes.sinceMs(tenant), released: homes.releaseOf(tenant) };
  return { present: table.homeOf(tenant), nowMs, regions, ...known };
}
