import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from './support/bench.ts';
import { compareNearHits } from './support/near-hits.ts';
import { BENCH } from './support/places.ts';

const INTERCEPTED = ['--import', pathToFileURL(join(BENCH, 'intercepted.ts')).href];

/** Compares a near hit with the same build that has a Nest interceptor on its lookup route. */
export const interceptor: Bench = (stage, pace) =>
  compareNearHits(
    stage,
    [
      ['with interceptor', { nodeArgs: INTERCEPTED, unbundled: true }],
      ['without', { unbundled: true }],
    ],
    pace,
  );
