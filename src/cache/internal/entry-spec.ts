import type { CachePolicy } from '../../config/sections/lookups/lookup-config.js';
import type { Dip, DipLookup } from '../../contracts/dip.js';

/** The properties of an entry, the same for every caller. */
export interface EntrySpec {
  readonly key: string;
  readonly tenant: string;
  readonly format: string;
  readonly policy: CachePolicy;
  readonly readable: DipLookup['readable'];
  readonly converted: DipLookup['converted'];
}

/** Returns the spec of the entry that a dip asks for. */
export function entrySpec(dip: Dip, key: string): EntrySpec {
  const { format, cache, readable, converted } = dip.lookup;
  return { key, tenant: dip.tenant, format, policy: cache, readable, converted };
}
