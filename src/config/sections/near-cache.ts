import type { VariableDoc, Variables } from '../environment/variables.js';

/** `NearCacheConfig` */
export const NEAR_CACHE_CONFIG = Symbol('near cache config');

/** Bounds of the near cache, the copies of entries in the memory of one process. */
export interface NearCacheConfig {
  /** The most copies. 0 turns the near cache off. Default 100,000. */
  readonly maxEntries: number;
  /**
   * The most bytes of all copies together. 0 turns the near cache off. Default 67,108,864 (64 MiB).
   */
  readonly maxBytes: number;
}

export const NEAR_CACHE_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'NEAR_MAX_ENTRIES',
    meaning: 'The most copies in the near cache of one process, 0 to 10000000. 0 turns the near cache off.',
    default: '100000',
    isSecret: false,
  },
  {
    name: 'NEAR_MAX_BYTES',
    meaning: 'The most bytes of all copies in the near cache of one process. 0 turns the near cache off.',
    default: '67108864',
    isSecret: false,
  },
];

export function readNearCache(variables: Variables): NearCacheConfig {
  return {
    maxEntries: variables.whole('NEAR_MAX_ENTRIES', 0, 10_000_000, 100_000),
    maxBytes: variables.whole('NEAR_MAX_BYTES', 0, Number.MAX_SAFE_INTEGER, 64 * 1024 * 1024, ' of bytes'),
  };
}
