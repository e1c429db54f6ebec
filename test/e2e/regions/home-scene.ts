import { randomUUID } from 'node:crypto';
import { declaration } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import type { HttpAnswer } from '../../support/http.js';
import { PEER_KEY, startThreeRegions, type ThreeRegions } from '../../support/three-regions.js';

/** At home in us, as the configuration of all regions says. */
export const TENANT = '10001';
/** At home in eu, as the configuration of all regions says. */
export const TENANT_OF_EU = '20002';
/** us says that this tenant is at home in eu, and the others say that it is at home in us. */
export const DISPUTED_TENANT = '30003';
/** The test writes other homes of this tenant into the Redis of two regions. */
export const LOOPING_TENANT = '50005';
/** At home in us. Datadip reads the queues of its agents from Genesys Cloud. */
export const READ_TENANT = '60006';
const SILENT_MS = 2500;

type Headers = Record<string, string>;

const ALL = ['lookup', 'agents', 'invalidate', 'events', 'operate'];
/** Every caller of the scene has the key `<name>-key`. */
const CALLERS = Object.fromEntries(
  ['desk', 'rival'].map((name) => [name, { apiKeys: [`${name}-key`], tenants: ['*'], scopes: ALL }]),
);

/** No reading comes during a test. JSON is YAML. */
const READING = `agents: ${JSON.stringify({
  reconcile: [{ platform: 'genesys', system: 'crm', tenant: READ_TENANT, everyMs: 3_600_000, queues: 'all' }],
})}\n`;

/** The headers with which a caller proves its name. `peer` is the caller of the other regions. */
export function as(caller: 'desk' | 'rival' | 'peer'): Headers {
  return { 'x-api-key': caller === 'peer' ? PEER_KEY : `${caller}-key` };
}

/** Three regions and the requests about agents, homes and positions that the tests send to them. */
export class HomeScene {
  private constructor(readonly regions: ThreeRegions) {}

  static async open(): Promise<HomeScene> {
    const regions = await startThreeRegions({
      yaml: declaration('http://127.0.0.1:9') + READING,
      callers: CALLERS,
      regions: { home: 'us', heartbeatMs: 200, silentAfterMs: SILENT_MS, invalidatedWithinMs: 2000 },
      tenants: { [TENANT_OF_EU]: { home: 'eu' } },
      tenantsOf: (name) => ({ [DISPUTED_TENANT]: { home: name === 'us' ? 'eu' : 'us' } }),
    });
    try {
      await regions.untilAllHear();
      return new HomeScene(regions);
    } catch (error) {
      await regions.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.regions.stop();
  }

  claim(region: string, queueId: string, callId: string, tenant = TENANT, headers: Headers = {}): Promise<HttpAnswer> {
    const query = `queueId=${queueId}&callId=${encodeURIComponent(callId)}&tenantId=${tenant}`;
    return this.regions.region(region).get(`/agents/available?${query}`, 0, headers);
  }

  join(region: string, queueId: string, agentId: string, tenant = TENANT): Promise<HttpAnswer> {
    return this.regions.region(region).send('PUT', `/queues/${queueId}/agents/${agentId}?tenantId=${tenant}`, {});
  }

  members(region: string, queueId: string, tenant = TENANT, headers: Headers = {}): Promise<HttpAnswer> {
    return this.regions.region(region).get(`/queues/${queueId}/agents?tenantId=${tenant}`, 0, headers);
  }

  report(region: string, agentId: string, status: string, more: Record<string, unknown> = {}): Promise<HttpAnswer> {
    const defaults = { event_id: randomUUID(), timestamp: Date.now(), region_source: region, tenant_id: TENANT };
    return this.regions
      .region(region)
      .post('/events/agent-status', { ...defaults, agent_id: agentId, status, ...more });
  }

  /** Sends an event of Genesys Cloud to a region. */
  eventBridge(region: string, topicName: string, eventBody: object, tenant: string): Promise<HttpAnswer> {
    const time = new Date().toISOString();
    const detail = { topicName, version: '2', eventBody, metadata: {}, timestamp: time };
    const event = { version: '0', id: randomUUID(), source: 'aws.partner/genesys.com/cloud/org/suffix', time, detail };
    return this.regions.region(region).post('/webhook/eventbridge', event, 0, { 'x-genesys-org': tenant });
  }

  agent(region: string, agentId: string, tenant = TENANT, headers: Headers = {}): Promise<HttpAnswer> {
    return this.regions.region(region).get(`/agents/${agentId}?tenantId=${tenant}`, 0, headers);
  }

  /** Makes new agents free in a new queue. @returns the queue, after the home knows the agents */
  async freeAgents(count: number, tenant = TENANT, region = 'us'): Promise<string> {
    const queueId = `q-${randomUUID()}`;
    for (let at = 0; at < count; at += 1) {
      const agentId = randomUUID();
      await this.join(region, queueId, agentId, tenant);
      await this.report(region, agentId, 'AVAILABLE', { tenant_id: tenant });
    }
    await eventually(async () => {
      const { json } = await this.members(region, queueId, tenant);
      const agents = (json?.agents ?? []) as { readonly status: string }[];
      const free = agents.filter(({ status }) => status === 'AVAILABLE');
      if (free.length !== count) throw new Error(`${free.length} of ${count} agents are free`);
    });
    return queueId;
  }
}
