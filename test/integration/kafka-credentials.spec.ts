import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { KafkaConfig, SaslConfig } from '../../src/config/sections/kafka.js';
import type { EventLog } from '../../src/messaging/log/event-log.js';
import { startDatadip } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { kafkaAt, openKafkaLog, type LogLines } from '../support/kafka-logs.js';
import { createTopics, topicPrefix } from '../support/kafka-topics.js';
import { KAFKA_STARTS_WITHIN_MS, startKafka, type TestKafka } from '../support/kafka.js';
import { LogListener } from '../support/log-listener.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { Answer } from '../support/origin-replies.js';
import { sharedRedisUrl } from '../support/redis-store.js';

const USER = { name: 'datadip', password: 'a-password-of-kafka' };
const RECORD = { topic: 'customer.updated', key: 'k', value: 'v' } as const;
const NOW_S = Math.floor(Date.now() / 1000);
/** A token without a signature for an hour, as a broker of tests accepts it. */
const TOKEN = ['{"alg":"none"}', JSON.stringify({ sub: USER.name, iat: NOW_S, exp: NOW_S + 3600 }), '']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');

describe('the credentials of Kafka', () => {
  const prefix = topicPrefix();
  let kafka: TestKafka;
  let login: ScriptedOrigin;
  let loginStatus = 200;
  let opened: EventLog[] = [];
  let lines: LogLines = [];

  beforeAll(async () => {
    kafka = await startKafka({ links: ['eu'], tls: true, user: USER });
    await createTopics(kafka.address, prefix);
    login = await startOrigin(() => Answer.json({ access_token: TOKEN, expires_in: 300 }, loginStatus));
  }, KAFKA_STARTS_WITHIN_MS);

  afterAll(() => Promise.all([kafka.stop(), login.stop()]));

  afterEach(async () => {
    await Promise.all(opened.map((log) => log.close()));
    opened = [];
    lines = [];
    loginStatus = 200;
  });

  function open(sasl: SaslConfig, more: Partial<KafkaConfig> = {}): EventLog {
    const tls = { ca: readFileSync(kafka.caFile ?? '', 'utf8') };
    const log = openKafkaLog(kafkaAt(kafka.linkAddress('eu'), prefix, { tls, sasl, ...more }), 'eu', lines);
    opened.push(log);
    return log;
  }

  const withPassword = (password: string, mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' = 'PLAIN') => ({
    ...{ mechanism, username: USER.name, password },
  });
  const withToken = (): SaslConfig => ({
    ...{ mechanism: 'OAUTHBEARER', tokenUrl: login.url, scope: 'kafka' },
    ...{ clientId: 'client', clientSecret: 'a-secret-of-the-client' },
  });

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const)('are accepted as %s', async (name) => {
    const log = open(name === 'OAUTHBEARER' ? withToken() : withPassword(USER.password, name));
    const listener = new LogListener(log);
    listener.start();

    await eventually(async () => {
      await log.append([RECORD], 5000);
      await eventually(() => expect(listener.valuesOf('k')).toContain('v'), { withinMs: 1000 });
    });
    expect(log.status().state).toBe('connected');
  });

  it.each(['PLAIN', 'SCRAM-SHA-512'] as const)(
    'end the attempts if Kafka refuses %s, and are logged once',
    async (name) => {
      const log = open(withPassword('another-password', name));
      const listener = new LogListener(log);
      listener.start();
      await eventually(() => expect(log.status().state).toBe('refused'));
      const startMs = performance.now();

      await expect(log.append([RECORD], 5000)).rejects.toThrow('Kafka refuses the credentials');
      expect(performance.now() - startMs).toBeLessThan(500);
      expect(log.status().lastFailure).toBe('SASL_AUTHENTICATION_FAILED');
      expect(lines.filter(({ message }) => message.includes('refuses'))).toHaveLength(1);
      // The last client closes its connections after the refusal was noticed.
      await eventually(() => expect(kafka.link('eu').connections).toBe(0));
      expect(JSON.stringify([lines, log.status()])).not.toContain('another-password');
    },
  );

  it('end the attempts if the token service refuses the client', async () => {
    loginStatus = 401;
    const log = open(withToken());

    await expect(log.append([RECORD], 5000)).rejects.toThrow('SASL_AUTHENTICATION_FAILED');
    expect(log.status().state).toBe('refused');
  });

  it('end the move of a home at once if Kafka or Redis refuses them', async () => {
    const run = async (env: Record<string, string>) => {
      const yaml = stringify({
        ...(parse(declaration(login.url)) as object),
        callers: { region: { apiKeys: ['k'], tenants: ['*'], scopes: ['agents'] } },
        regions: { home: 'eu', peers: { eu: { url: 'http://127.0.0.1:9', apiKey: 'k' } } },
      });
      const kafkaEnv = {
        ...{ KAFKA_BROKERS: kafka.linkAddress('eu'), KAFKA_TOPIC_PREFIX: prefix, KAFKA_TLS: 'on' },
        ...{ KAFKA_CA: readFileSync(kafka.caFile ?? '', 'utf8'), KAFKA_SASL_MECHANISM: 'plain' },
        ...{ KAFKA_USERNAME: USER.name, KAFKA_PASSWORD: USER.password },
      };
      const command = await startDatadip({
        ...{ yaml, entry: 'dist/cli/move-home.js', args: ['--tenant', '10001', '--to', 'us'], waitFor: 'exit' },
        env: { REGION: 'us', KEY_SECRET: 'secret', REDIS_URL: sharedRedisUrl(), ...kafkaEnv, ...env },
      });
      const { code } = await command.exited;
      return { code, output: command.output };
    };

    // On a busy machine, the command first says what it waits for.
    expect(await run({ KAFKA_PASSWORD: 'another-password' })).toEqual({
      code: 77,
      output: expect.stringMatching(
        /move-home: Kafka refuses the credentials or a permission \(SASL_AUTHENTICATION_FAILED\)$/,
      ),
    });
    const refused = new URL(sharedRedisUrl());
    [refused.username, refused.password] = ['nobody', 'another-password'];
    expect(await run({ REDIS_URL: String(refused) })).toEqual({
      code: 77,
      output: expect.stringMatching(
        /move-home: the Redis of us refuses the connection \(authentication failed: .* is wrong\); check REDIS_URL$/,
      ),
    });
  });

  it('are not sent to a broker whose certificate is not trusted', async () => {
    const log = open(withPassword(USER.password), { tls: { ca: undefined } });

    await expect(log.append([RECORD], 5000)).rejects.toThrow('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(log.status()).toMatchObject({ state: 'away', lastFailure: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });
});
