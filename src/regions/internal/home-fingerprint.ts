import { hash } from 'node:crypto';

/**
 * The number of buckets that tenants are spread over. Each bucket has a fingerprint. If one region
 * declares a tenant before another region does, only the claims of the tenants in one bucket stop.
 */
export const BUCKETS = 64;

const WHOLE_DIGITS = 16;
const BUCKET_DIGITS = 4;
const FORM = new RegExp(`^[0-9a-f]{${WHOLE_DIGITS + BUCKETS * BUCKET_DIGITS}}$`);

/** The buckets in which two tables differ. `all` means every bucket. */
export type Disagreement = 'all' | ReadonlySet<number>;

const NO_DISAGREEMENT: Disagreement = new Set<number>();

export function bucketOf(tenant: string): number {
  return Number.parseInt(hash('sha256', tenant, 'hex').slice(0, 2), 16) % BUCKETS;
}

export function isAffected(disagreement: Disagreement, tenant: string): boolean {
  return disagreement === 'all' || disagreement.has(bucketOf(tenant));
}

/**
 * @param known the fingerprints that each bucket of this table has had. If another table has one of
 *   them, it has only read fewer records, and the tables do not disagree
 */
export function compareFingerprints(theirs: string, ours: string, known: readonly ReadonlySet<string>[]): Disagreement {
  if (theirs === ours) return NO_DISAGREEMENT;
  if (!FORM.test(theirs)) return 'all';
  const [other, own] = [parts(theirs), parts(ours)];
  const differing = other.flatMap((part, bucket) => (part === own[bucket] ? [] : [bucket]));
  // The tables differ, but no bucket shows where.
  if (differing.length === 0) return 'all';
  return new Set(differing.filter((bucket) => known[bucket]?.has(other[bucket] ?? '') !== true));
}

function parts(fingerprint: string): string[] {
  return fingerprint.slice(WHOLE_DIGITS).match(new RegExp(`.{${BUCKET_DIGITS}}`, 'g')) ?? [];
}
