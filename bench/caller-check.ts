import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from './support/bench.ts';
import { compareNearHits } from './support/near-hits.ts';
import { BENCH } from './support/places.ts';

const UNCHECKED = ['--import', pathToFileURL(join(BENCH, 'unchecked.ts')).href];

/**
 * Compares a near hit with a caller and an API key with the same build without its caller guard.
 */
export const callerCheck: Bench = (stage, pace) =>
  compareNearHits(
    stage,
    [
      ['checked', { unbundled: true }],
      ['unchecked', { nodeArgs: UNCHECKED, unbundled: true }],
    ],
    pace,
  );
