import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { Clock } from '../../../src/kernel/clock.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox-server.js';
import { startApp, type TestApp } from '../../support/app.js';
import { post, raw, type HttpAnswer } from '../../support/http.js';

/** The id of the sandbox's organization `n`. */
function organizationId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** The id of the sandbox's agent `n`. */
export function userId(n: number): string {
  return `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export const ORIGIN = 'https://apps.example.com';
export const API_KEY = 'key-of-the-flow-1234567890';

/** Pages in a browser, next to a flow with an API key. The lookups ask the CRM of the sandbox. */
function desktopFile(sandboxUrl: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const fields = {
    customerId: { type: 'string', from: 'id', default: '' },
    displayName: { type: 'string', from: 'firstName', default: '' },
  };
  const cache = { ttlMs: 60_000, staleMs: 3_600_000, nearTtlMs: 0 };
  const profile = {
    key: [{ input: 'customerId', kind: 'id' }],
    origin: { system: 'crm', path: '/api/v2/customers/{customerId}' },
    customerId: 'id',
    ...{ fields, cache, priority: 'desktop' },
  };
  const customer = {
    key: [{ input: 'ani', kind: 'phone' }],
    origin: { system: 'crm', path: '/api/v2/customers', query: { phone: '{ani}' }, record: 'results[0]' },
    customerId: 'id',
    ...{ fields, cache },
  };
  return stringify({
    systems: {
      crm: { baseUrl: sandboxUrl, auth: { type: 'none' } },
      genesys: { auth: { type: 'genesys' }, timeoutMs: 3000 },
    },
    lookups: { profile, customer, secret: profile },
    callers: {
      desktop: {
        genesysUsers: { organizations: [organizationId(1)] },
        tenants: ['10001'],
        scopes: ['lookup'],
        lookups: ['profile', 'customer'],
        limits: { maxPerSecond: 1000, maxPerUserPerSecond: 20 },
        ...changes,
      },
      flow: { apiKeys: [API_KEY], tenants: ['*'], scopes: ['lookup', 'operate', 'invalidate'] },
    },
  });
}

/** Datadip in front of the sandbox, which is the CRM and Genesys Cloud. */
export class Desktop {
  private shiftMs = 0;

  private constructor(
    readonly sandbox: Sandbox,
    readonly app: TestApp,
  ) {
    const clock = app.app.get(Clock);
    const nowMs = clock.nowMs.bind(clock);
    clock.nowMs = () => nowMs() + this.shiftMs;
  }

  static async open(
    changes: Readonly<Record<string, unknown>> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Desktop> {
    const atOnce = { latencyMs: 0, latencySigma: 0 };
    const genesys = { api: { ...atOnce, callsPerMinute: null }, login: atOnce };
    const sandbox = await startSandbox({ port: 0, behaviour: atOnce, genesys });
    const app = await startApp(desktopFile(sandbox.url, changes), {
      GENESYS_LOGIN_URL: sandbox.url,
      GENESYS_API_URL: sandbox.url,
      GENESYS_CLIENT_ID: 'sandbox-client',
      GENESYS_CLIENT_SECRET: 'sandbox-secret',
      CORS_ORIGINS: ORIGIN,
      ...env,
    });
    return new Desktop(sandbox, app);
  }

  /** Moves the monotonic clock of Datadip forward. */
  passMs(ms: number): void {
    this.shiftMs += ms;
  }

  /** A new token of an agent of the sandbox. */
  async token(agent: number, organization = 1): Promise<string> {
    await this.control('PUT', 'session', { organization });
    const { json } = await this.control('POST', `user-tokens/${agent}`);
    return String(json?.access_token);
  }

  /** Asks for the profile of customer `c-17` as a page does. */
  profile(token: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return this.ask('/api/v1/profile', token, { customerId: 'c-17' }, headers);
  }

  /** Asks again if this process sheds the request because the machine is busy. */
  async ask(
    path: string,
    token: string,
    inputs: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    const send = () => post(`${this.app.url}${path}`, inputs, { authorization: `Bearer ${token}`, ...headers });
    let answer = await send();
    for (let more = 20; answer.json?.code === 'overloaded' && more > 0; more--) {
      await delay(250);
      answer = await send();
    }
    return answer;
  }

  /** How often the platform was asked whose token it is. */
  async checks(): Promise<number> {
    const { json } = await this.control('GET', 'stats');
    return (json?.byRoute as Record<string, number>)['/api/v2/users/me'] ?? 0;
  }

  async control(method: string, what: string, body?: unknown): Promise<HttpAnswer> {
    const url = `${this.sandbox.url}/sandbox/genesys/${what}`;
    const answer = await raw(method, url, body === undefined ? undefined : JSON.stringify(body));
    if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`);
    return answer;
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.sandbox.close();
  }
}
