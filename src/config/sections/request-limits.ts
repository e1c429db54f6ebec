import { strict, wholeNumber } from '../schema/scalars.js';

/** Limits of the requests to one process. The process answers requests above them with 429. */
export interface RequestLimitsConfig {
  /** 1 to 1,000,000. `undefined`, the default, means no limit. */
  readonly maxPerSecond: number | undefined;
  /** Requests without an answer yet, 1 to 10,000. `undefined`, the default, means no limit. */
  readonly maxConcurrent: number | undefined;
}

export const requestLimitKeys = {
  maxPerSecond: wholeNumber(1, 1_000_000).optional(),
  maxConcurrent: wholeNumber(1, 10_000).optional(),
};

export const requestLimitsSchema = strict(requestLimitKeys).prefault({});

/** Gives a key that the file leaves out the value `undefined`. */
export function requestLimits({ maxPerSecond, maxConcurrent }: Partial<RequestLimitsConfig>): RequestLimitsConfig {
  return { maxPerSecond, maxConcurrent };
}
