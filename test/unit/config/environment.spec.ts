import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config/load-config.js';
import { DEVELOPMENT, FULL, loadText, NAMES, PRODUCTION } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const CRM = { CRM_BASE_URL: 'http://localhost:9' };
const LONG = 'x'.repeat(33);

function problemsWith(env: Record<string, string>) {
  return kindsOf(() => loadText(FULL, { ...NAMES, ...env }));
}

describe('an environment that sets nothing', () => {
  const config = loadConfig(DEVELOPMENT, { sandbox: { url: 'http://127.0.0.1:4000' } });

  it('gives every setting its default', () => {
    expect(config).toMatchObject({
      mode: 'development',
      host: '0.0.0.0',
      port: 3000,
      region: 'local',
      deadlineMs: 2500,
      logLevel: 'info',
      redis: undefined,
      near: { maxEntries: 100_000, maxBytes: 67_108_864 },
      maxInFlight: 10_000,
    });
    expect(config.keySecret.length).toBeGreaterThan(0);
  });

  it.each([
    'PORT',
    'HOST',
    'REGION',
    'REDIS_URL',
    'DATADIP_CONFIG',
    'DEADLINE_MS',
    'KEY_SECRET',
    'VALUE_KEYS',
    'SANDBOX',
  ])('is what one with an empty %s is, too', (name) =>
    expect(loadConfig({ ...DEVELOPMENT, ...CRM, SANDBOX: 'off', [name]: '' }).port).toBe(3000),
  );

  it.each(['ALLOW_PLAINTEXT_REDIS', 'LOG_LEVEL', 'REDIS_TIMEOUT_MS', 'NEAR_MAX_ENTRIES', 'NEAR_MAX_BYTES'])(
    'is what one with an empty %s is, too',
    (name) => expect(loadConfig({ ...DEVELOPMENT, ...CRM, [name]: '' }).near.maxEntries).toBe(100_000),
  );
});

describe('an environment that sets everything', () => {
  it('is read unchanged', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      REGION: 'eu-west_1',
      REDIS_URL: 'rediss://:pass@a.example:6380, rediss://b.example:6380',
      DEADLINE_MS: '100',
      KEY_SECRET: 'short',
      SANDBOX: 'off',
      LOG_LEVEL: 'silent',
      REDIS_TIMEOUT_MS: '1000',
      NEAR_MAX_ENTRIES: '0',
      NEAR_MAX_BYTES: '1',
      MAX_IN_FLIGHT: '1',
    };
    expect(loadText(FULL, { ...NAMES, ...env })).toMatchObject({
      port: 0,
      host: '::1',
      region: 'eu-west_1',
      redis: { urls: ['rediss://:pass@a.example:6380', 'rediss://b.example:6380'], timeoutMs: 1000 },
      deadlineMs: 100,
      keySecret: 'short',
      sandbox: false,
      logLevel: 'silent',
      near: { maxEntries: 0, maxBytes: 1 },
      maxInFlight: 1,
    });
  });
});

describe('a bad variable', () => {
  it.each([
    ['PORT', '65536', 'not a whole number: 0 to 65535'],
    ['PORT', '-1', 'not a whole number: 0 to 65535'],
    ['PORT', ' 3000', 'not a whole number: 0 to 65535'],
    ['PORT', '3e3', 'not a whole number: 0 to 65535'],
    ['HOST', 'http://localhost', 'not a host'],
    ['REGION', 'eu west', 'not a region'],
    ['REGION', LONG, 'not a region'],
    ['DEADLINE_MS', '99', 'not milliseconds: 100 to 30000'],
    ['DEADLINE_MS', '30001', 'not milliseconds: 100 to 30000'],
    ['DEADLINE_MS', '2.5', 'not milliseconds: 100 to 30000'],
    ['SANDBOX', 'yes', 'unknown word: on, off, auto'],
    ['ALLOW_PLAINTEXT_REDIS', 'true', 'unknown word: on, off'],
    ['LOG_LEVEL', 'loud', 'unknown word: fatal, error, warn, info, debug, trace, silent'],
    ['REDIS_TIMEOUT_MS', '0', 'not milliseconds: 1 to 1000'],
    ['REDIS_TIMEOUT_MS', '1001', 'not milliseconds: 1 to 1000'],
    ['NEAR_MAX_ENTRIES', '10000001', 'not a whole number: 0 to 10000000'],
    ['MAX_IN_FLIGHT', '0', 'not a whole number: 1 to 1000000'],
    ['NEAR_MAX_BYTES', '64MB', 'not bytes: at least 0'],
  ])('is refused by name and value: %s=%s', (key, value, kind) => {
    const problem = { source: 'environment', key, value: JSON.stringify(value), kind };
    expect(problemsWith({ [key]: value })).toEqual([problem]);
  });

  it('is refused by name alone where the value is a secret', () => {
    const kind = 'not value keys: key 1 of 1 is not';
    expect(problemsWith({ VALUE_KEYS: 'one:c2VjcmV0' })).toEqual([{ source: 'environment', key: 'VALUE_KEYS', kind }]);
  });
});

describe('REDIS_URL', () => {
  it.each([
    ['http://host:6379', 'not Redis addresses'],
    ['host:6379', 'not Redis addresses'],
    ['redis:host', 'not Redis addresses'],
    ['redis:///0', 'not Redis addresses'],
    ['redis://host:99999', 'not Redis addresses'],
    ['redis://:pass@host,', 'not Redis addresses: address 2 of 2'],
    ['redis://a,redis://b,nonsense', 'not Redis addresses: address 3 of 3'],
    ['redis://a,rediss://b', 'mixed Redis schemes'],
    ['redis://:se%cret@a', 'raw % in the Redis user or password'],
    ['redis://us%er:x@a', 'raw % in the Redis user or password'],
    ['redis://:100%@a', 'raw % in the Redis user or password'],
    ['redis://a,redis://:%zz@b', 'raw % in the Redis user or password: address 2 of 2'],
    ['redis://:a,b@c', 'not Redis addresses: address 1 of 2'],
    ['redis://:a/b@c', 'not Redis addresses'],
    ['redis://:a#b@c', 'not Redis addresses'],
    ['redis://a?db=3', 'options in the Redis address'],
    ['redis://a/1#2', 'options in the Redis address'],
    ['redis://a/first', 'no database number'],
    ['redis://a/-1', 'no database number'],
    ['redis://a/1/2', 'no database number'],
    ['redis://a/1,redis://b/1', 'database of a cluster'],
    ['redis://:x@a,redis://:y@b', 'different users of one cluster'],
  ])('is refused without being printed: %s', (url, kind) => {
    expect(problemsWith({ REDIS_URL: url })).toEqual([{ source: 'environment', key: 'REDIS_URL', kind }]);
  });

  it.each(['redis://a/', 'redis://a/15', 'redis://:p%25w%2C@a', 'redis://:x@a,redis://b', 'redis://a/0,redis://b'])(
    'is accepted with a database number and escapes: %s',
    (url) => {
      expect(problemsWith({ REDIS_URL: url })).toEqual([]);
    },
  );

  it('is one server or the nodes of a cluster', () => {
    expect(loadText(FULL, { ...NAMES, REDIS_URL: 'redis://host' }).redis).toEqual({
      urls: ['redis://host'],
      timeoutMs: 50,
      waitReplicas: 0,
    });
    expect(loadText(FULL, { ...NAMES, REDIS_URL: 'redis://a,redis://b' }).redis?.urls).toEqual([
      'redis://a',
      'redis://b',
    ]);
  });

  it.each(['redis://10.0.0.1', 'redis://127.0.0.1.example.com', 'redis://localhost,redis://cache.example.com:6379'])(
    'is refused in production where it leaves the machine unencrypted: %s',
    (url) => {
      const kind = expect.stringMatching(/^plaintext Redis: ALLOW_PLAINTEXT_REDIS=on/);
      const found = problemsWith({ ...PRODUCTION, REDIS_URL: url });
      expect(found).toEqual([{ source: 'environment', key: 'REDIS_URL', kind }]);
    },
  );

  it.each([
    { REDIS_URL: 'redis://localhost:6379' },
    { REDIS_URL: 'redis://127.0.0.1' },
    { REDIS_URL: 'redis://[::1]:6379' },
    { REDIS_URL: 'rediss://cache.example.com' },
    { REDIS_URL: 'redis://cache.example.com', ALLOW_PLAINTEXT_REDIS: 'on' },
  ])('is taken in production where nothing leaves the machine unencrypted, or that is permitted: %j', (env) => {
    expect(problemsWith({ ...PRODUCTION, ...env })).toEqual([]);
  });
});

describe('production', () => {
  const environment = { source: 'environment' };

  it.each([
    [{ KEY_SECRET: '' }, 'missing in production'],
    [{ KEY_SECRET: ' '.repeat(20) }, 'missing in production'],
    [{ KEY_SECRET: loadText(FULL).keySecret }, 'development secret'],
  ])('refuses a KEY_SECRET that keeps no secret', (env, kind) => {
    expect(problemsWith({ ...PRODUCTION, ...env })).toEqual([{ ...environment, key: 'KEY_SECRET', kind }]);
  });

  it('refuses the sandbox, however it came to run', () => {
    const problem = { ...environment, key: 'SANDBOX', kind: 'sandbox in production' };
    expect(problemsWith({ ...PRODUCTION, SANDBOX: 'on' })).toEqual([{ ...problem, value: '"on"' }]);
    const load = () => loadConfig({ ...PRODUCTION }, { sandbox: { url: 'http://127.0.0.1:1' } });
    expect(kindsOf(load)).toContainEqual(problem);
  });

  it('refuses a file that declares no caller', () => {
    const text = FULL.slice(0, FULL.indexOf('callers:'));
    const kind = 'no caller in production';
    const absent = { source: 'datadip.yaml', key: 'callers', kind };
    expect(kindsOf(() => loadText(text, { ...NAMES, ...PRODUCTION }))).toEqual([absent]);
    const empty = { ...absent, line: text.split('\n').length };
    expect(kindsOf(() => loadText(`${text}callers: {}`, { ...NAMES, ...PRODUCTION }))).toEqual([empty]);
  });

  it.each(['', 'Production', 'staging', 'test', 'Development', ' development'])(
    'is what NODE_ENV=%j means',
    (NODE_ENV) => {
      expect(loadText(FULL, { ...NAMES, ...PRODUCTION, NODE_ENV }).mode).toBe('production');
      const problems = kindsOf(() => loadText(FULL, { ...NAMES, NODE_ENV }));
      expect(problems.map(({ key }) => key)).toEqual(['KEY_SECRET', 'NODE_ENV']);
    },
  );

  it('is not what NODE_ENV=development means', () => {
    expect(loadText(FULL, { ...NAMES, NODE_ENV: 'development' }).mode).toBe('development');
  });
});
