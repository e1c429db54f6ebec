import { stringify } from 'yaml';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox-server.js';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { raw } from '../../support/http.js';
import { startRegion, type ProcessRegionOptions, type Region } from '../../support/region.js';

type Switches = Record<string, unknown>;

/** The counters of one client in the sandbox. */
export interface ClientCounts {
  readonly tokenRequests: number;
  readonly tokensGiven: number;
  readonly apiCalls: number;
  readonly unauthorized: number;
  readonly rateLimited: number;
}

const NOTHING: ClientCounts = { tokenRequests: 0, tokensGiven: 0, apiCalls: 0, unauthorized: 0, rateLimited: 0 };

/** Default: no near cache. A test sets longer lifetimes, else every lookup is a call. */
const FIELDS = {
  customerId: { type: 'string', from: 'id', default: 'UNKNOWN' },
  displayName: { type: 'string', from: '$join([firstName, lastName], " ")', default: '' },
};
const FOLLOW = { id: 'canonicalContact.id[$ != $$.id]', path: '/api/v2/externalcontacts/contacts/{id}' };

export interface DeclarationChanges {
  /** Authentication options of the system. */
  readonly auth?: Switches;
  readonly limits?: Switches;
  readonly timeoutMs?: number;
  readonly cache?: Switches;
  /** Further top-level parts of the file. */
  readonly rest?: Switches;
}

/**
 * A declaration with Genesys Cloud as the only system. Its lookups find contacts by phone number,
 * e-mail and id.
 */
export function genesysFile({ auth, limits, timeoutMs = 2000, cache, rest }: DeclarationChanges = {}): string {
  const lookup = { fields: FIELDS, customerId: 'id', cache: { nearTtlMs: 0, ...cache } };
  return stringify({
    systems: { genesys: { auth: { type: 'genesys', ...auth }, timeoutMs, ...(limits && { limits }) } },
    lookups: {
      contact: {
        ...lookup,
        key: [
          { input: 'ani', kind: 'phone' },
          { input: 'email', kind: 'email' },
        ],
        origin: {
          system: 'genesys',
          path: '/api/v2/externalcontacts/reversewhitepageslookup',
          query: { lookupVal: ['{ani}', '{email}'] },
          record: 'contacts[0]',
          follow: FOLLOW,
        },
      },
      profile: {
        ...lookup,
        key: [{ input: 'customerId', kind: 'id' }],
        origin: { system: 'genesys', path: '/api/v2/externalcontacts/contacts/{customerId}', follow: FOLLOW },
        priority: 'desktop',
      },
    },
    ...rest,
  });
}

/**
 * The sandbox as Genesys Cloud, and the processes in front of it. The sandbox answers at once and
 * limits no rate until a test changes its behaviour.
 */
export class GenesysScene {
  private readonly regions: Region<DatadipProcess>[] = [];

  private constructor(readonly sandbox: Sandbox) {}

  static async open(switches: { readonly api?: Switches; readonly login?: Switches } = {}): Promise<GenesysScene> {
    const atOnce = { latencyMs: 0, latencySigma: 0 };
    const genesys = {
      api: { ...atOnce, callsPerMinute: null, ...switches.api },
      login: { ...atOnce, ...switches.login },
    };
    return new GenesysScene(await startSandbox({ port: 0, behaviour: atOnce, genesys }));
  }

  /** The environment that points a process to the sandbox. */
  get env(): Record<string, string> {
    return {
      GENESYS_LOGIN_URL: this.sandbox.url,
      GENESYS_API_URL: this.sandbox.url,
      GENESYS_CLIENT_ID: 'sandbox-client',
      GENESYS_CLIENT_SECRET: 'sandbox-secret',
    };
  }

  /** Starts one process of a new region. */
  async start(yaml: string, options: Omit<ProcessRegionOptions, 'inProcess'> = {}): Promise<DatadipProcess> {
    const env = { ...this.env, ...options.env };
    const region = await startRegion({ ...options, inProcess: false, declaration: yaml, env });
    this.regions.push(region);
    return region.process();
  }

  login(switches: Switches): Promise<unknown> {
    return this.control('PUT', 'login', switches);
  }

  api(switches: Switches): Promise<unknown> {
    return this.control('PUT', 'behaviour', switches);
  }

  client(change: Switches): Promise<unknown> {
    return this.control('PUT', 'clients/sandbox-client', change);
  }

  revoke(): Promise<unknown> {
    return this.control('DELETE', 'tokens');
  }

  async counts(client = 'sandbox-client'): Promise<ClientCounts> {
    const stats = (await this.control('GET', 'stats')) as { clients: Record<string, ClientCounts | undefined> };
    return stats.clients[client] ?? NOTHING;
  }

  async resetCounts(): Promise<void> {
    await this.control('DELETE', 'stats');
  }

  async stop(): Promise<void> {
    await Promise.all(this.regions.map((region) => region.process().kill()));
    await this.sandbox.close();
  }

  private async control(method: string, what: string, body?: Switches): Promise<unknown> {
    const url = `${this.sandbox.url}/sandbox/genesys/${what}`;
    const { status, json, text } = await raw(method, url, body === undefined ? undefined : JSON.stringify(body));
    if (status !== 200) throw new Error(`${method} ${url}: ${status} ${text}`);
    return json;
  }
}

/** The contact that stands for the customer `c-<n>` of the sandbox. */
export function contactId(n: number): string {
  return `c0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}
