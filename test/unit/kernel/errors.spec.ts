import { describe, expect, it } from '@jest/globals';
import {
  DatadipError,
  degradedReason,
  OriginFailure,
  HttpProblem,
  StoreUnavailable,
} from '../../../src/kernel/errors.js';

describe('a degraded reason', () => {
  it.each(['origin_timeout', 'origin_error', 'origin_rate_limited', 'shed', 'circuit_open'])(
    'is one of the fixed words: %s',
    (word) => {
      expect(degradedReason(word)).toBe(word);
    },
  );

  it.each(['', 'ORIGIN_TIMEOUT', 'of a later version', 'toString'])(
    'is origin_error for any other word: %j',
    (word) => {
      expect(degradedReason(word)).toBe('origin_error');
    },
  );
});

describe('an error of this house', () => {
  it('has its own name, and keeps its cause', () => {
    const cause = new Error('underneath');
    const failure = new OriginFailure('origin_error', 'it failed', { cause });

    expect(failure).toBeInstanceOf(DatadipError);
    expect(failure.name).toBe('OriginFailure');
    expect(failure.cause).toBe(cause);
  });

  it('says whether the same call may succeed another time', () => {
    expect(new OriginFailure('origin_timeout', 'late').retryable).toBe(true);
    expect(new StoreUnavailable('away').retryable).toBe(true);
    expect(new HttpProblem('stopping', 503, 'stopping', 2).retryable).toBe(true);
    expect(new HttpProblem('unknown_lookup', 404, 'none').retryable).toBe(false);
  });
});
