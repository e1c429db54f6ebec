/** The names and sizes of answers that the contact-center platforms allow. */
import type { TextRule } from '../../schema/scalars.js';

/**
 * The largest declared part of an answer, in bytes of JSON. CXone Studio refuses an answer above 32
 * KB, and the other fields of an answer take about a hundred bytes. Genesys Cloud documents no
 * limit.
 */
export const MAX_ANSWER_BYTES = 31_000;

/** The fields that every answer has next to the declared fields. */
export const OWN_FIELDS: ReadonlySet<string> = new Set(['contactFound', 'source', 'cacheHit', 'latencyMs', 'error']);

/** The fields that every answer of a composed lookup has next to the declared fields. */
export const COMPOSED_FIELDS: ReadonlySet<string> = new Set([...OWN_FIELDS, 'partial', 'missing']);

/** The names that a contract of a Data Action may not use: Genesys Cloud fills them. */
export const GENESYS_NAMES: ReadonlySet<string> = new Set(['orgId', 'integrationId', 'rawRequest']);

/** The Data Actions of the agent routes. A lookup with such a name would get the same file name. */
export const AGENT_ACTIONS = [
  'agents-available',
  'agents-by-skill',
  'agents-availability',
  'agents-confirm',
  'agents-release',
] as const;

export const GENESYS_RESERVES = 'is reserved: Genesys Cloud fills an input of this name itself';

/** Checks that the contract of a Data Action may use this name. */
export const acceptedByGenesys: TextRule = (text) => (GENESYS_NAMES.has(text) ? GENESYS_RESERVES : undefined);
