import { describe, expect, it } from '@jest/globals';
import {
  failureText,
  isRefused,
  isStarting,
  ReadingFailed,
  TokenRefused,
} from '../../../src/messaging/log/internal/kafka-failures.js';

/** An error as the client makes it: the reason is in `cause` or in `errors`. */
const failure = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);
const connection = (cause: Error): Error =>
  failure('Cannot connect to any broker.', {
    code: 'PLT_KFK_MULTIPLE',
    errors: [failure('Connection to kafka-1.internal:9092 failed.', { code: 'PLT_KFK_NETWORK', cause })],
  });

describe('a failure of Kafka in words', () => {
  it.each([
    [
      connection(failure('x', { errors: [failure('x', { apiId: 'SASL_AUTHENTICATION_FAILED' })] })),
      'SASL_AUTHENTICATION_FAILED',
    ],
    [connection(failure('connect ECONNREFUSED 10.0.0.1:9092', { code: 'ECONNREFUSED' })), 'ECONNREFUSED'],
    [
      connection(failure('Connection to kafka-1.internal:9092 timed out.', { code: 'PLT_KFK_NETWORK' })),
      'no answer in time',
    ],
    [failure('Unknown topic customer.updated.', { code: 'PLT_KFK_USER' }), 'topic customer.updated does not exist'],
    [new ReadingFailed('the group does not answer'), 'the group does not answer'],
    [failure('anything', { code: 'PLT_KFK_NETWORK' }), 'PLT_KFK_NETWORK'],
    ['no error', 'unknown failure'],
  ])('names no address: %s', (error, text) => {
    expect(failureText(error)).toBe(text);
  });

  it.each([
    [
      'a refused password',
      connection(failure('x', { errors: [failure('x', { apiId: 'SASL_AUTHENTICATION_FAILED' })] })),
      true,
    ],
    ['a missing permission', failure('x', { errors: [failure('x', { apiId: 'TOPIC_AUTHORIZATION_FAILED' })] }), true],
    ['a refused client of the token service', connection(new TokenRefused('401')), true],
    ['a broken connection', connection(failure('x', { code: 'ECONNRESET' })), false],
  ])('tells whether %s is a refusal', (_, error, refused) => {
    expect(isRefused(error)).toBe(refused);
  });

  it('ends although the causes form a circle', () => {
    const error = failure('circle');
    error.cause = error;

    expect([isRefused(error), failureText(error)]).toEqual([false, 'unknown failure']);
  });
});

describe('a broker that starts', () => {
  it.each([
    ['COORDINATOR_NOT_AVAILABLE', true],
    ['COORDINATOR_LOAD_IN_PROGRESS', true],
    ['NOT_COORDINATOR', true],
    ['UNKNOWN_MEMBER_ID', false],
  ])('is known by %s: %s', (apiId, isKnown) => {
    expect(isStarting(connection(failure('x', { errors: [failure('x', { apiId })] })))).toBe(isKnown);
  });
});
