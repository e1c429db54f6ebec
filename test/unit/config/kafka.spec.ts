import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KafkaConfig } from '../../../src/config/sections/kafka.js';
import { FULL, loadText, NAMES, PRODUCTION, problemsOf, type Env } from '../../fixtures/config/load-text.js';
import { makeCertificate } from '../../support/certificate.js';

const KAFKA = {
  ...NAMES,
  ...{ REGION: 'us', KAFKA_BROKERS: '127.0.0.1:9092', KEY_SECRET: 'a-secret-of-all-regions-that-is-long' },
  REDIS_URL: 'redis://127.0.0.1:6379',
};
const PLAIN = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'datadip', KAFKA_PASSWORD: 'a-secret-password' };
const OAUTH = {
  ...{ KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_TOKEN_URL: 'https://login.example.com/token' },
  ...{ KAFKA_CLIENT_ID: 'datadip', KAFKA_CLIENT_SECRET: 'a-secret-of-the-client' },
};
const REMOTE = { ...PRODUCTION, KAFKA_BROKERS: 'kafka-1:9092' };

const read = (env: Env): KafkaConfig | undefined => loadText(FULL, { ...KAFKA, ...env }).regions?.kafka;
const problems = (env: Env): string[] =>
  problemsOf(() => loadText(FULL, { ...KAFKA, ...env })).map(({ key, message }) => `${key} ${message}`);

describe('the variables of Kafka', () => {
  let folder: string;
  let ca: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'datadip-kafka-config-'));
    ca = readFileSync((await makeCertificate(folder)).caFile, 'utf8');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('mean a Kafka without TLS and credentials by default, and none without brokers', () => {
    expect(read({})).toEqual({
      ...{ brokers: ['127.0.0.1:9092'], topicPrefix: '', tls: false, sasl: undefined, profile: 'kafka' },
    });
    expect(read({ KAFKA_BROKERS: '', ...PLAIN })).toBeUndefined();
  });

  it('name the authorities, the user and the prefix of topics', () => {
    const env = { KAFKA_TLS: 'on', KAFKA_CA: ca, ...PLAIN, KAFKA_TOPIC_PREFIX: 'staging.' };
    expect(read(env)).toMatchObject({
      ...{ tls: { ca }, topicPrefix: 'staging.' },
      sasl: { mechanism: 'PLAIN', username: 'datadip', password: 'a-secret-password' },
    });
    expect(read({ ...env, KAFKA_SASL_MECHANISM: 'scram-sha-512' })?.sasl?.mechanism).toBe('SCRAM-SHA-512');
  });

  it('name the client of OAuth', () => {
    expect(read({ ...OAUTH, KAFKA_SCOPE: 'kafka' })?.sasl).toEqual({
      ...{ mechanism: 'OAUTHBEARER', tokenUrl: 'https://login.example.com/token', scope: 'kafka' },
      ...{ clientId: 'datadip', clientSecret: 'a-secret-of-the-client' },
    });
  });

  it.each<[Env, string]>([
    [{ KAFKA_BROKERS: 'kafka' }, 'KAFKA_BROKERS must be host:port'],
    [{ KAFKA_BROKERS: 'kafka:70000' }, 'KAFKA_BROKERS must be host:port'],
    [{ KAFKA_BROKERS: 'kafka:9092,' }, 'KAFKA_BROKERS must be host:port'],
    [{ KAFKA_TOPIC_PREFIX: 'a b' }, 'KAFKA_TOPIC_PREFIX must be at most 64 letters'],
    [{ KAFKA_TLS: 'yes' }, 'KAFKA_TLS must be one of'],
    [{ KAFKA_CA: 'x' }, 'KAFKA_CA has no effect without KAFKA_TLS=on'],
    [{ KAFKA_TLS: 'on', KAFKA_CA: 'x' }, 'KAFKA_CA must be certificates as PEM text'],
    [{ ...PLAIN, KAFKA_SASL_MECHANISM: 'kerberos' }, 'KAFKA_SASL_MECHANISM must be one of'],
    [{ ...PLAIN, KAFKA_PASSWORD: '' }, 'KAFKA_PASSWORD is required with KAFKA_SASL_MECHANISM=plain'],
    [{ ...PLAIN, KAFKA_SASL_MECHANISM: '' }, 'KAFKA_USERNAME has no effect with KAFKA_SASL_MECHANISM=none'],
    [{ ...OAUTH, KAFKA_TOKEN_URL: '' }, 'KAFKA_TOKEN_URL is required with KAFKA_SASL_MECHANISM=oauthbearer'],
    [{ ...OAUTH, KAFKA_TOKEN_URL: 'login' }, 'KAFKA_TOKEN_URL must be https:// and a host'],
    [{ KAFKA_PROFILE: 'event-hubs', ...PLAIN }, 'KAFKA_TLS must be on with KAFKA_PROFILE=event-hubs'],
    [{ KAFKA_PROFILE: 'event-hubs', KAFKA_TLS: 'on' }, 'KAFKA_SASL_MECHANISM must be plain or oauthbearer'],
    [REMOTE, 'KAFKA_TLS must be on in production'],
    [{ ...PRODUCTION, ...OAUTH, KAFKA_TOKEN_URL: 'http://login.example.com' }, 'KAFKA_TOKEN_URL must be https:// in'],
  ])('are refused with %j', (env, text) => {
    expect(problems(env).join('\n')).toContain(text);
  });

  it.each<[string, Env]>([
    ['KAFKA_BROKERS', { ...PRODUCTION, KAFKA_BROKERS: 'nohost' }],
    ['KAFKA_TLS', { ...REMOTE, KAFKA_TLS: 'yes', KAFKA_CA: 'x' }],
    ['KAFKA_TLS', { ...REMOTE, ...PLAIN, KAFKA_PROFILE: 'event-hubs' }],
    ['KAFKA_SASL_MECHANISM', { ...PLAIN, KAFKA_SASL_MECHANISM: 'kerberos' }],
    ['KAFKA_SASL_MECHANISM', { ...PLAIN, KAFKA_SASL_MECHANISM: 'Plain', KAFKA_PROFILE: 'event-hubs', KAFKA_TLS: 'on' }],
  ])('cause one problem for a wrong %s', (name, env) => {
    expect(problems(env)).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  it('permit plaintext in production on this machine, or if the operator permits it', () => {
    expect(problems({ ...PRODUCTION, KAFKA_BROKERS: '127.0.0.1:9092,localhost:9093,[::1]:9094' })).toEqual([]);
    expect(problems({ ...REMOTE, ALLOW_PLAINTEXT_KAFKA: 'on' })).toEqual([]);
    expect(problems({ ...REMOTE, KAFKA_TLS: 'on' })).toEqual([]);
  });

  it('never show a secret in a problem', () => {
    const shown = JSON.stringify([
      problemsOf(() => loadText(FULL, { ...KAFKA, ...OAUTH, ...PLAIN, KAFKA_SASL_MECHANISM: 'none' })),
      problemsOf(() => loadText(FULL, { ...KAFKA, ...OAUTH, KAFKA_TOKEN_URL: 'ftp://user:pass@login' })),
    ]);
    for (const secret of [PLAIN.KAFKA_PASSWORD, OAUTH.KAFKA_CLIENT_SECRET, 'user:pass'])
      expect(shown).not.toContain(secret);
  });
});
