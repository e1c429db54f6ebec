import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { declaration } from '../../support/declaration.js';
import { get, raw, type HttpAnswer } from '../../support/http.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { Region, startRegion } from '../../support/region.js';
import type { Find, Haystack, Marks } from './haystack.js';
import { bodyOf, urlOf, type Sample } from './samples.js';
import type { Route } from './routes.js';
import { CALL, FAILING, KEYS, PERSON, SENT, UNDECLARED } from './secrets.js';

type Headers = Readonly<Record<string, string>>;

export const BROKEN = 'test/security/fixtures/broken-main.js';
/** Short timeouts, because the run calls every route with an origin that hangs. */
const SHORT_TIMEOUTS = { timeoutMs: 250, env: { DEADLINE_MS: '400', REDIS_TIMEOUT_MS: '1000' } };

const CALLERS = {
  desk: {
    apiKeys: ['${DESK_KEY}', '${NEXT_DESK_KEY}'],
    tenants: ['10001'],
    scopes: ['lookup', 'agents', 'invalidate', 'events', 'operate'],
  },
  hook: { apiKeys: ['${HOOK_KEY}'], hmacSecrets: ['${HOOK_SECRET}'], tenants: ['*'], scopes: ['invalidate', 'events'] },
};

/** Returns the configuration of the run. Every secret comes from the environment. */
export function leakYaml(originUrl: string): string {
  const system = { auth: { type: 'bearer', token: '${CRM_TOKEN}' }, timeoutMs: SHORT_TIMEOUTS.timeoutMs };
  return declaration(originUrl, { system, callers: CALLERS });
}

/** The secrets of the service, as environment variables of the process. */
export const SECRET_ENV: Headers = {
  KEY_SECRET: KEYS.keySecret,
  VALUE_KEYS: `may:${KEYS.valueKey}`,
  CRM_TOKEN: KEYS.originToken,
  DESK_KEY: KEYS.apiKey,
  NEXT_DESK_KEY: KEYS.nextApiKey,
  HOOK_KEY: KEYS.hookKey,
  HOOK_SECRET: KEYS.hmacSecret,
};

export const EVERYTHING: Marks = { ...PERSON, ...UNDECLARED, ...KEYS, ...SENT, ...FAILING, ...CALL };

/**
 * A process of the built service with its Redis and its origin, at the log level `trace`.
 * The scene collects all visible texts of them.
 */
export class LeakScene extends Region<DatadipProcess> {
  private readonly tokens: string[] = [];
  private readonly commands: string[] = [];

  private constructor(
    region: Region<DatadipProcess>,
    readonly redis: TestRedis,
    readonly seen: Haystack,
    private readonly wire: Redis,
  ) {
    super(region);
    wire.on('monitor', (_time, words: readonly string[]) => this.commands.push(words.join(' ')));
  }

  /** @param changed environment variables that make a run leak */
  static async open(seen: Haystack, changed: Headers = {}): Promise<LeakScene> {
    const redis = await startRedis();
    let wire: Redis | undefined;
    try {
      await requirePassword(redis.url);
      wire = await startMonitor(redis.url);
      return new LeakScene(await startLeakRegion(redis.url, changed), redis, seen, wire);
    } catch (error) {
      wire?.disconnect();
      await redis.stop();
      throw error;
    }
  }

  get datadip(): DatadipProcess {
    return this.process();
  }

  override async stop(): Promise<void> {
    await super.stop();
    if (this.wire.status !== 'end') this.wire.disconnect();
    await this.redis.stop();
  }

  /** Sends a request and collects its answer. Errors and headers must contain no data. */
  async ask(method: string, path: string, body?: string, headers: Headers = {}): Promise<HttpAnswer> {
    const answer = await raw(method, this.datadip.url + path, body, { ...headers });
    this.seen.add('headers', JSON.stringify(answer.headers));
    if (answer.status >= 400) this.seen.add('error bodies', answer.text);
    if (answer.json?.source === 'degraded') this.seen.add('degraded answers', answer.text);
    this.seen.add(/[?&]values=true/.test(path) ? 'trials with values' : 'all bodies', answer.text);
    if (typeof answer.json?.access_token === 'string') this.tokens.push(answer.json.access_token);
    return answer;
  }

  askRoute(route: Route, sample: Sample, headers: Headers = { 'x-api-key': KEYS.apiKey }): Promise<HttpAnswer> {
    return this.ask(route.method, urlOf(route, sample), bodyOf(sample), headers);
  }

  async collectMetrics(): Promise<void> {
    const { status, text } = await get(`${this.datadip.url}/metrics`, { 'x-api-key': KEYS.apiKey });
    expect(status).toBe(200);
    this.seen.add('metrics', text);
  }

  collectOutput(): void {
    this.seen.add('output', this.datadip.output);
  }

  /** Collects every Redis command with its arguments, including messages between processes. */
  collectCommands(): void {
    this.seen.add('commands', this.commands.join('\n'));
  }

  /** Collects every key of Redis and its value. */
  async collectRedis(): Promise<void> {
    const client = new Redis(this.redis.url, { password: KEYS.redisPassword });
    try {
      for (const key of await client.keys('*')) {
        this.seen.add('keys', key);
        this.seen.add('values', JSON.stringify(await valueOf(client, key)));
      }
    } finally {
      client.disconnect();
    }
  }

  findsIn(where: string): Find[] {
    return this.seen.search(this.marksOf(where), where);
  }

  /** Returns the marks of a place. Answers may contain the data of the customer. */
  private marksOf(where: string): Marks {
    const marks = { ...EVERYTHING, ...Object.fromEntries(this.tokens.map((token, at) => [`token ${at}`, token])) };
    // The caller of such a trial asks for the values of the record, also of undeclared members.
    if (where === 'trials with values') return { ...KEYS };
    return where === 'all bodies' ? { ...UNDECLARED, ...KEYS, ...FAILING } : marks;
  }
}

function startLeakRegion(redisUrl: string, changed: Headers): Promise<Region<DatadipProcess>> {
  const everything = Object.values(EVERYTHING).join(' ');
  return startRegion({
    inProcess: false,
    entry: BROKEN,
    store: redisUrl.replace('//', `//:${KEYS.redisPassword}@`),
    origin: () => ({}),
    declaration: leakYaml,
    env: { ...SECRET_ENV, ...SHORT_TIMEOUTS.env, LOG_LEVEL: 'trace', SECRETS: everything, ...changed },
  });
}

async function requirePassword(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    await client.config('SET', 'requirepass', KEYS.redisPassword);
  } finally {
    client.disconnect();
  }
}

async function startMonitor(url: string): Promise<Redis> {
  const client = new Redis(url, { password: KEYS.redisPassword, retryStrategy: () => null });
  const wire = await client.monitor();
  client.disconnect();
  return wire;
}

async function valueOf(client: Redis, key: string): Promise<unknown> {
  const type = await client.type(key);
  switch (type) {
    case 'string':
      return client.get(key);
    case 'hash':
      return client.hgetall(key);
    case 'set':
      return client.smembers(key);
    case 'zset':
      return client.zrange(key, 0, -1);
    case 'list':
      return client.lrange(key, 0, -1);
    default:
      throw new Error(`unknown key type ${type}: add it to valueOf`);
  }
}
