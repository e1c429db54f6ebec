import type { CachePolicy } from '../../config/config.js';
import type { AnswerText, Dip, LoadedAnswer } from '../../contracts/dip.js';

/** Asks the origin. Rejects with `OriginFailure`; anything else counts as one. */
export type Load = () => Promise<LoadedAnswer>;

/** Everything the read path must know of an entry, whoever asks for it. */
export interface EntrySpec {
  readonly key: string;
  readonly tenant: string;
  readonly format: string;
  readonly policy: CachePolicy;
  /** False for text that is not a whole answer of this lookup: corrupt, or of an older shape. */
  readonly readable: (text: AnswerText) => boolean;
}

/** The terms of the entry a dip asks for. */
export function entrySpec(dip: Dip, key: string): EntrySpec {
  const { format, cache, readable } = dip.lookup;
  return { key, tenant: dip.tenant, format, policy: cache, readable };
}
