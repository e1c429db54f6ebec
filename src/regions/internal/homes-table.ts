import { hash } from 'node:crypto';
import type { RegionsConfig } from '../../config/sections/regions.js';
import type { HomeMoved } from '../../messaging/log/log-values.js';
import { bucketOf, BUCKETS, compareFingerprints, type Disagreement } from './home-fingerprint.js';

/** The home of a tenant. */
export interface TenantHome {
  /** `null` means that no region hands out agents of the tenant. */
  readonly home: string | null;
  /** 0 means that the home is the one of the configuration. */
  readonly epoch: number;
  /** While there is no home: the last home. Its store still has the locks. */
  readonly former: string | undefined;
  /** Fences of the home are greater. */
  readonly fenceAbove: number;
}

/** A home that a record has set. */
export type MovedHome = TenantHome & { readonly tenant: string };

/** The part of the configuration that says where tenants are at home. */
export type HomesConfig = Pick<RegionsConfig, 'home' | 'homes'>;

/** A bound that no installation is expected to reach. Later tenants keep their home. */
const MAX_MOVED = 10_000;
/** The fingerprints of a bucket that are remembered: those of its last changes. */
const MAX_REMEMBERED = 32;
const DIGITS = 4;

/**
 * Says which region is the home of a tenant. The configuration gives the first home, and the
 * records `tenant.home` move it. The table does not use Redis, a clock or the log.
 *
 * Guarantees:
 * - Two tables with the same configuration agree if they got the same records, in the same order
 *   per tenant. Of two records with the same epoch, the first counts. A repeated record changes
 *   nothing.
 * - Between two homes, the home of a tenant is `null`.
 * - `compare` reports no difference for a fingerprint that this table has now, or had earlier: the
 *   other table has then only read fewer records.
 *
 * Does not guarantee: that the bucket with the difference is found, because the fingerprint of a
 * bucket has only 16 bits. If only the fingerprint of the whole table differs, all tenants count as
 * affected.
 */
export class HomesTable {
  private readonly moves = new Map<string, MovedHome>();
  private readonly history: Set<string>[] = Array.from({ length: BUCKETS }, () => new Set<string>());
  /** The tenants of each bucket that are declared or have moved. */
  private readonly tenants: Set<string>[] = Array.from({ length: BUCKETS }, () => new Set<string>());
  private readonly parts: string[];
  private text = '';

  constructor(private readonly config: HomesConfig) {
    for (const tenant of config.homes.keys()) this.tenants[bucketOf(tenant)]?.add(tenant);
    const empty = digits(`${config.home}\n`, DIGITS);
    this.parts = Array.from({ length: BUCKETS }, () => empty);
    const used = this.tenants.flatMap(({ size }, bucket) => (size > 0 ? [bucket] : []));
    for (const bucket of new Set([0, ...used])) this.changed(bucket);
    for (const [bucket, part] of this.parts.entries()) this.history[bucket]?.add(part);
  }

  homeOf(tenant: string): TenantHome {
    const moved = this.moves.get(tenant);
    if (moved !== undefined) return moved;
    return { home: this.config.homes.get(tenant) ?? this.config.home, epoch: 0, former: undefined, fenceAbove: 0 };
  }

  moved(): readonly MovedHome[] {
    return [...this.moves.values()];
  }

  /**
   * @returns the new home. `undefined` means that the record is ignored. Then its epoch is not
   *   newer, or it names a new home while the tenant still has a home
   */
  next(record: HomeMoved): MovedHome | undefined {
    const { tenant, epoch, home, fenceAbove } = record;
    const present = this.homeOf(tenant);
    if (epoch <= present.epoch) return undefined;
    // If the epoch skips a number, records were missed, so the present home is unknown.
    const isNext = epoch === present.epoch + 1;
    if (isNext && home !== null && present.home !== null) return undefined;
    if (!this.moves.has(tenant) && this.moves.size >= MAX_MOVED) return undefined;
    const former = home === null ? (present.home ?? present.former) : undefined;
    // A home that made no claim has no last fence. So the previous bound of the fences stays.
    return { tenant, epoch, home, former, fenceAbove: Math.max(fenceAbove, present.fenceAbove) };
  }

  /**
   * Takes over a home that this process or another process of the region has applied from a record.
   */
  take(moved: MovedHome): boolean {
    if (moved.epoch <= this.homeOf(moved.tenant).epoch) return false;
    const bucket = bucketOf(moved.tenant);
    this.moves.set(moved.tenant, moved);
    this.tenants[bucket]?.add(moved.tenant);
    this.changed(bucket);
    return true;
  }

  /** Fingerprints of the whole table and of each bucket of tenants. */
  get fingerprint(): string {
    return this.text;
  }

  /**
   * The buckets in which another table differs. A table that has only read fewer records does not
   * differ.
   */
  compare(fingerprint: string): Disagreement {
    return compareFingerprints(fingerprint, this.text, this.history);
  }

  /** The buckets in which another table differs, even if it has only read fewer records. */
  difference(fingerprint: string): Disagreement {
    return compareFingerprints(fingerprint, this.text, []);
  }

  /** Whether the table with this fingerprint has the same records about the tenant as this one. */
  agrees(fingerprint: string, tenant: string): boolean {
    const bucket = bucketOf(tenant);
    const at = this.text.length - (BUCKETS - bucket) * DIGITS;
    return fingerprint.length === this.text.length && fingerprint.slice(at, at + DIGITS) === this.parts[bucket];
  }

  private changed(bucket: number): void {
    const part = digits(`${this.config.home}\n${this.linesOf(bucket).sort().join('\n')}`, DIGITS);
    this.parts[bucket] = part;
    const known = this.history[bucket] ?? new Set();
    known.delete(part);
    known.add(part);
    const [oldest] = known;
    if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    this.text = digits(this.parts.join(''), 16) + this.parts.join('');
  }

  /**
   * A tenant that never moved and is at the default home is not part of the fingerprint. So it does
   * not matter whether the configuration declares this tenant.
   */
  private linesOf(bucket: number): string[] {
    return [...(this.tenants[bucket] ?? [])].flatMap((tenant) => {
      const { home, epoch } = this.homeOf(tenant);
      return epoch === 0 && home === this.config.home ? [] : [`${tenant}=${home ?? ''}@${epoch}`];
    });
  }
}

function digits(text: string, count: number): string {
  return hash('sha256', text, 'hex').slice(0, count);
}
