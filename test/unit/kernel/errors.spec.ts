import { describe, expect, it } from '@jest/globals';
import {
  DatadipError,
  degradedReason,
  OriginFailure,
  HttpProblem,
  StoreUnavailable,
} from '../../../src/kernel/errors.js';

describe('degradedReason', () => {
  it.each(['origin_timeout', 'origin_error', 'origin_rate_limited', 'shed', 'circuit_open'])(
    'returns the known reason %s',
    (word) => {
      expect(degradedReason(word)).toBe(word);
    },
  );

  it.each(['', 'ORIGIN_TIMEOUT', 'of a later version', 'toString'])(
    'returns origin_error for the unknown reason %j',
    (word) => {
      expect(degradedReason(word)).toBe('origin_error');
    },
  );
});

describe('DatadipError', () => {
  it('has the name of its class and the given cause', () => {
    const cause = new Error('underneath');
    const failure = new OriginFailure('origin_error', 'it failed', { cause });

    expect(failure).toBeInstanceOf(DatadipError);
    expect(failure.name).toBe('OriginFailure');
    expect(failure.cause).toBe(cause);
  });

  it('reports whether a repeated call may succeed', () => {
    expect(new OriginFailure('origin_timeout', 'late').retryable).toBe(true);
    expect(new StoreUnavailable('away').retryable).toBe(true);
    expect(new HttpProblem('stopping', 503, 'stopping', 2).retryable).toBe(true);
    expect(new HttpProblem('unknown_lookup', 404, 'none').retryable).toBe(false);
  });
});
