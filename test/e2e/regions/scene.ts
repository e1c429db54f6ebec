import { randomUUID } from 'node:crypto';
import { parse, stringify } from 'yaml';
import { declaration } from '../../support/declaration.js';
import type { HttpAnswer } from '../../support/http.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../../support/origin.js';
import { SkewedClocks } from '../../support/skewed-clock.js';
import { startThreeRegions, type ThreeRegions } from '../../support/three-regions.js';

const TENANT = '10001';
/** A tenant that is at home in eu. The others are at home in us. */
export const TENANT_OF_EU = '20002';

/** The bound of reads after an invalidation, and of silent regions; milliseconds. */
export const WITHIN_MS = 2000;
export const SILENT_MS = 2500;
const HEARTBEAT_MS = 200;
/** The clocks of eu and ap differ from that of us by this much, in Redis and in the processes. */
const SKEW_MS = 30_000;

type Headers = Readonly<Record<string, string>>;

/** Three regions with skewed clocks, one system of record, and one platform of agents. */
export class RegionsScene {
  private constructor(
    readonly regions: ThreeRegions,
    /** The system of record. It answers each customer with `tier`. */
    readonly crm: ScriptedOrigin,
    readonly platform: ScriptedOrigin,
    private readonly clocks: SkewedClocks,
  ) {}

  static async open(): Promise<RegionsScene> {
    const opened: { stop(): Promise<void> }[] = [];
    const keep = async <T extends { stop(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
      const resource = await opening;
      opened.push(resource);
      return resource;
    };
    try {
      const crm = await keep(startOrigin());
      const platform = await keep(startOrigin());
      // A list without the agents of a test would remove them.
      platform.fail(500);
      const clocks = await keep(SkewedClocks.make());
      const skews: Record<string, Headers> = {
        us: {},
        eu: await clocks.env('eu', SKEW_MS),
        ap: await clocks.env('ap', -SKEW_MS),
      };
      const regions = await keep(
        startThreeRegions({
          yaml: fileOf(crm.url, platform.url),
          regions: {
            home: 'us',
            heartbeatMs: HEARTBEAT_MS,
            silentAfterMs: SILENT_MS,
            invalidatedWithinMs: WITHIN_MS,
          },
          tenants: { [TENANT_OF_EU]: { home: 'eu' } },
          storeEnv: (name) => skews[name] ?? {},
          env: (name) => skews[name] ?? {},
        }),
      );
      await regions.untilAllHear();
      return new RegionsScene(regions, crm, platform, clocks);
    } catch (error) {
      for (const resource of opened.toReversed()) await resource.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.regions.stop();
    await this.clocks.stop();
    await this.platform.stop();
    await this.crm.stop();
  }

  /** The system of record answers every customer with this tier from now on. */
  setTier(tier: string): void {
    this.crm.answer(({ url }: OriginCall) => {
      const id = decodeURIComponent(url.split('/').at(-1) ?? '');
      return { id, firstName: 'Ada', lastName: 'Lovelace', accountTier: tier };
    });
  }

  profile(region: string, customerId: string, headers: Headers = {}): Promise<HttpAnswer> {
    return this.regions.region(region).lookup('profile', { customerId, tenantId: TENANT }, 0, headers);
  }

  async tier(region: string, customerId: string): Promise<unknown> {
    return (await this.profile(region, customerId)).json?.tier;
  }

  invalidate(region: string, customerId: string, eventId: string = randomUUID()): Promise<HttpAnswer> {
    const event = { customerId, tenantId: TENANT, eventId };
    return this.regions.region(region).post('/webhook/customer-updated', event);
  }

  report(region: string, agentId: string, status: string, more: Record<string, unknown> = {}): Promise<HttpAnswer> {
    const defaults = { event_id: randomUUID(), timestamp: Date.now(), region_source: region, tenant_id: TENANT };
    return this.regions
      .region(region)
      .post('/events/agent-status', { ...defaults, agent_id: agentId, status, ...more });
  }

  agent(region: string, agentId: string, headers: Headers = {}): Promise<HttpAnswer> {
    return this.regions.region(region).get(`/agents/${agentId}?tenantId=${TENANT}`, 0, headers);
  }

  join(region: string, queueId: string, agentId: string, tenantId = TENANT): Promise<HttpAnswer> {
    return this.regions.region(region).send('PUT', `/queues/${queueId}/agents/${agentId}?tenantId=${tenantId}`, {});
  }

  claim(region: string, queueId: string, callId: string = randomUUID(), tenantId = TENANT): Promise<HttpAnswer> {
    const query = `queueId=${queueId}&callId=${callId}&tenantId=${tenantId}`;
    return this.regions.region(region).get(`/agents/available?${query}`);
  }

  /** Confirms or releases a claim. */
  act(
    region: string,
    claim: Readonly<Record<string, unknown>>,
    action: string,
    more: object = {},
  ): Promise<HttpAnswer> {
    const { agentId, lockToken } = claim as { readonly agentId: string; readonly lockToken: string };
    const path = `/agents/${agentId}/${action}?tenantId=${TENANT}`;
    return this.regions.region(region).post(path, { lockToken, ...more });
  }
}

function fileOf(crmUrl: string, platformUrl: string): string {
  const { systems, ...rest } = parse(declaration(crmUrl)) as { readonly systems: object };
  return stringify({
    ...rest,
    systems: { ...systems, platform: { baseUrl: platformUrl, timeoutMs: 5000 } },
    agents: {
      agentTtlMs: 3_600_000,
      reconcile: [{ platform: 'genesys', system: 'platform', tenant: TENANT, everyMs: 1000 }],
    },
  });
}
