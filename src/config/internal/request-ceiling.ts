import { strict, wholeNumber } from './scalars.js';

export const requestCeiling = strict({
  maxPerSecond: wholeNumber(1, 1_000_000).optional(),
  maxConcurrent: wholeNumber(1, 10_000).optional(),
}).prefault({});
