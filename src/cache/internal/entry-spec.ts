import type { CachePolicy } from '../../config/sections/lookups/lookup-config.js';
import type { AnswerText, Dip } from '../../contracts/dip.js';

/** The properties of an entry, the same for every caller. */
export interface EntrySpec {
  readonly key: string;
  readonly tenant: string;
  readonly format: string;
  readonly policy: CachePolicy;
  /** False for text that is no complete answer of this lookup: corrupt, or of an earlier shape. */
  readonly readable: (text: AnswerText) => boolean;
}

/** Returns the spec of the entry that a dip asks for. */
export function entrySpec(dip: Dip, key: string): EntrySpec {
  const { format, cache, readable } = dip.lookup;
  return { key, tenant: dip.tenant, format, policy: cache, readable };
}
