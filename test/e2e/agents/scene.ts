import { randomUUID } from 'node:crypto';
import type { TestApp } from '../../support/app.js';
import { declaration, type DeclarationChanges } from '../../support/declaration.js';
import type { HttpAnswer } from '../../support/http.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { Region, startRegion, type RegionOptions } from '../../support/region.js';

type Headers = Record<string, string>;

/** The stores of a region, by name, with the number of the process that another caller asks. */
export const STORE_KINDS: [name: string, stores: () => string[], other: number][] = [
  ['two processes on one Redis', () => [sharedRedisUrl(), sharedRedisUrl()], 1],
  ['one process and an in-process store', () => ['memory'], 0],
];

export interface AgentSceneOptions extends Pick<RegionOptions, 'store' | 'env'> {
  readonly callers?: DeclarationChanges['callers'];
  /** The address of the system `crm`. Default: no server listens. */
  readonly originUrl?: string;
  /** Changes to the declaration of `crm`. */
  readonly system?: DeclarationChanges['system'];
  /** The file's section `agents`, for the tenant of the scene. */
  readonly agents?: (tenant: string) => Record<string, unknown>;
}

const DESK = {
  desk: { apiKeys: ['desk-key'], tenants: ['*'], scopes: ['agents', 'events', 'invalidate', 'operate'] },
};

/** A region with its own tenant, and the requests that platforms and callers send about agents. */
export class AgentScene extends Region<TestApp> {
  private constructor(
    region: Region<TestApp>,
    readonly tenant: string,
  ) {
    super(region);
  }

  static async open({ store, callers = DESK, agents, system, env, originUrl }: AgentSceneOptions): Promise<AgentScene> {
    const tenant = randomUUID();
    // JSON is YAML.
    const section = agents === undefined ? '' : `agents: ${JSON.stringify(agents(tenant))}\n`;
    const region = await startRegion({
      ...(store === undefined ? {} : { store }),
      ...(originUrl === undefined ? {} : { origin: originUrl }),
      declaration: (url) => declaration(url, { callers, ...(system && { system }) }) + section,
      env: { REDIS_TIMEOUT_MS: '1000', ...env },
      headers: { 'x-api-key': 'desk-key', 'x-genesys-org': tenant },
    });
    return new AgentScene(region, tenant);
  }

  /** Sends a HEAD request, whose answer has no body. @returns the status */
  async headStatus(path: string): Promise<number> {
    return (await fetch(this.url(path), { method: 'HEAD', headers: { ...this.headers(), connection: 'close' } }))
      .status;
  }

  join(agentId: string, queueId: string, priorityScore = 0, at = 0): Promise<HttpAnswer> {
    return this.send('PUT', `/queues/${queueId}/agents/${agentId}`, { priorityScore }, at);
  }

  /** Sends an event as another region's middleware sends it. */
  sendStatus(agentId: string, status: string, more: Record<string, unknown> = {}, at = 0): Promise<HttpAnswer> {
    const defaults = { event_id: randomUUID(), timestamp: Date.now() - 500, agent_id: agentId, status };
    return this.post('/events/agent-status', { ...defaults, region_source: 'us-east-1', ...more }, at);
  }

  /** Claims an agent. */
  claim(query: string, at = 0): Promise<HttpAnswer> {
    return this.get(`/agents/available?${query}`, at);
  }

  /** Makes the agent a member of the queue, and available. */
  async makeAvailable(agentId: string, queueId: string, priorityScore = 0): Promise<void> {
    const answers = [await this.join(agentId, queueId, priorityScore), await this.sendStatus(agentId, 'AVAILABLE')];
    if (answers.some(({ status }) => status > 299)) throw new Error(answers.map(({ text }) => text).join(' '));
  }

  eventBridge(topicName: string, eventBody: Record<string, unknown>, id: string = randomUUID(), headers: Headers = {}) {
    const at = new Date().toISOString();
    const detail = { topicName, version: '2', eventBody, metadata: {}, timestamp: at };
    const source = 'aws.partner/genesys.com/cloud/org/suffix';
    return this.post('/webhook/eventbridge', { version: '0', id, source, time: at, detail }, 0, headers);
  }
}
