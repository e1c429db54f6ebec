import { strict, wholeNumber } from './scalars.js';

export const requestCeilings = {
  maxPerSecond: wholeNumber(1, 1_000_000).optional(),
  maxConcurrent: wholeNumber(1, 10_000).optional(),
};

export const requestCeiling = strict(requestCeilings).prefault({});
