import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { declaration, type DeclarationChanges } from '../support/declaration.js';
import { get, post, raw, type HttpAnswer } from '../support/http.js';

export interface AgentSceneOptions {
  /** Where each process finds the store; the empty text is the store inside the process. One process each. */
  readonly stores: readonly string[];
  readonly callers?: DeclarationChanges['callers'];
  /** The system `crm`. Default: nobody is there. */
  readonly originUrl?: string;
  /** How it is declared. */
  readonly system?: DeclarationChanges['system'];
  /** The file's section `agents`, of the scene's tenant. */
  readonly agents?: (tenant: string) => Record<string, unknown>;
  readonly env?: Readonly<Record<string, string>>;
}

type Headers = Record<string, string>;

/** Some processes of one region, a tenant of the scene's own, and the words the tests use for what happens there. */
export class AgentScene {
  private constructor(
    readonly tenant: string,
    readonly apps: readonly TestApp[],
  ) {}

  static async open({
    stores,
    callers,
    agents,
    system,
    env,
    originUrl = 'http://127.0.0.1:9',
  }: AgentSceneOptions): Promise<AgentScene> {
    const anybody = {
      desk: { apiKeys: ['desk-key'], tenants: ['*'], scopes: ['agents', 'events', 'invalidate', 'operate'] },
    };
    // JSON is YAML.
    const tenant = randomUUID();
    const section = agents === undefined ? '' : `agents: ${JSON.stringify(agents(tenant))}\n`;
    const changes = { callers: callers ?? anybody, ...(system === undefined ? {} : { system }) };
    const yaml = declaration(originUrl, changes) + section;
    // What a platform's refusal pauses is a system of the region: a region of the scene's own.
    const region = { KEY_SECRET: randomUUID(), REGION: `r-${tenant.slice(0, 8)}`, REDIS_TIMEOUT_MS: '1000', ...env };
    const apps = await Promise.all(
      stores.map((url) => startApp(yaml, { ...region, ...(url === '' ? {} : { REDIS_URL: url }) })),
    );
    return new AgentScene(tenant, apps);
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
  }

  url(path: string, at = 0): string {
    return `${this.apps[at]?.url ?? ''}${path}`;
  }

  headers(more: Headers = {}): Headers {
    return { 'x-api-key': 'desk-key', 'x-genesys-org': this.tenant, ...more };
  }

  get(path: string, at = 0, headers: Headers = {}): Promise<HttpAnswer> {
    return get(this.url(path, at), this.headers(headers));
  }

  post(path: string, body: unknown, at = 0, headers: Headers = {}): Promise<HttpAnswer> {
    return post(this.url(path, at), body, this.headers(headers));
  }

  send(method: string, path: string, body?: unknown, at = 0): Promise<HttpAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return raw(method, this.url(path, at), text, this.headers());
  }

  /** The status of a HEAD, which has no body. */
  async look(path: string): Promise<number> {
    return (await fetch(this.url(path), { method: 'HEAD', headers: { ...this.headers(), connection: 'close' } }))
      .status;
  }

  join(agentId: string, queueId: string, priorityScore = 0, at = 0): Promise<HttpAnswer> {
    return this.send('PUT', `/queues/${queueId}/agents/${agentId}`, { priorityScore }, at);
  }

  /** An event as another region's middleware sends it. */
  tell(agentId: string, status: string, more: Record<string, unknown> = {}, at = 0): Promise<HttpAnswer> {
    const usual = { event_id: randomUUID(), timestamp: Date.now() - 500, agent_id: agentId, status };
    return this.post('/events/agent-status', { ...usual, region_source: 'us-east-1', ...more }, at);
  }

  available(query: string, at = 0): Promise<HttpAnswer> {
    return this.get(`/agents/available?${query}`, at);
  }

  async ready(agentId: string, queueId: string, priorityScore = 0): Promise<void> {
    const answers = [await this.join(agentId, queueId, priorityScore), await this.tell(agentId, 'AVAILABLE')];
    if (answers.some(({ status }) => status > 299)) throw new Error(answers.map(({ text }) => text).join(' '));
  }

  eventBridge(topicName: string, eventBody: Record<string, unknown>, id: string = randomUUID(), headers: Headers = {}) {
    const at = new Date().toISOString();
    const detail = { topicName, version: '2', eventBody, metadata: {}, timestamp: at };
    const source = 'aws.partner/genesys.com/cloud/org/suffix';
    return this.post('/webhook/eventbridge', { version: '0', id, source, time: at, detail }, 0, headers);
  }
}
