import { join } from 'node:path';

export const BENCH = join(import.meta.dirname, '..');
/** The build under test. */
export const DIST = join(BENCH, '../dist');
