import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox-server.js';
import { post, raw } from '../../support/http.js';

const AT_ONCE = { latencyMs: 0, latencySigma: 0 };
const KEY = { accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' };

/** How a platform of the sandbox names agents and queues, and how it is called. */
export interface AssignmentsPlatform {
  readonly name: 'genesys' | 'cxone';
  readonly basePath: string;
  agentId(n: number): string;
  queueId(n: number): string;
  token(sandboxUrl: string): Promise<string>;
}

export const PLATFORMS: readonly AssignmentsPlatform[] = [
  {
    name: 'genesys',
    basePath: '',
    agentId: (n) => `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    queueId: (n) => `e0000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    token: async (url) => {
      const authorization = `Basic ${Buffer.from('sandbox-client:sandbox-secret').toString('base64')}`;
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
      const { json } = await raw('POST', `${url}/oauth/token`, 'grant_type=client_credentials', headers);
      return String(json?.access_token);
    },
  },
  {
    name: 'cxone',
    basePath: '/inContactAPI/services/v27.0',
    agentId: String,
    queueId: (n) => String(1000 + n),
    token: async (url) => String((await post(`${url}/authentication/v1/token/access-key`, KEY)).json?.access_token),
  },
];

/** The sandbox, and what a supervisor changes in it. */
export class SupervisedSandbox {
  private constructor(readonly sandbox: Sandbox) {}

  static async start(): Promise<SupervisedSandbox> {
    const platform = { api: AT_ONCE, login: AT_ONCE };
    const genesys = { ...platform, api: { ...AT_ONCE, callsPerMinute: null } };
    return new SupervisedSandbox(await startSandbox({ port: 0, behaviour: AT_ONCE, genesys, cxone: platform }));
  }

  async control(method: 'PUT' | 'DELETE', path: string, body?: object): Promise<void> {
    const url = `${this.sandbox.url}/sandbox/${path}`;
    const { status } = await raw(method, url, body === undefined ? undefined : JSON.stringify(body));
    if (status !== 200) throw new Error(`${method} ${path}: the sandbox answered ${status}`);
  }

  setQueues(n: number, queues: Record<string, boolean | null>): Promise<void> {
    return this.control('PUT', `agents/${n}/queues`, queues);
  }

  setSkills(n: number, skills: Record<string, number | null>): Promise<void> {
    return this.control('PUT', `agents/${n}/skills`, skills);
  }
}
