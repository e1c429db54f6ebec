/** This file exceeds 220 lines because its tests share two running regions. */

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../../../src/messaging/log/event-log.js';
import { declaration } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import type { HttpAnswer } from '../../support/http.js';
import { kafkaAt, openKafkaLog } from '../../support/kafka-logs.js';
import { KAFKA_STARTS_WITHIN_MS } from '../../support/kafka.js';
import { LogListener } from '../../support/log-listener.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import type { RegionSite } from '../../support/regions/region-site.js';
import { startThreeRegions, type ThreeRegions } from '../../support/three-regions.js';

const TENANT = '10001';
const HEALS_WITHIN_MS = 30_000;
/** An outage is full of events: each of these agents has this many. */
const AGENTS = 10;
const EVENTS_PER_AGENT = 10;

let crm: ScriptedOrigin;
let regions: ThreeRegions;
let us: RegionSite;
let eu: RegionSite;
/** Reads everything that the regions append, as a third region. */
let listener: LogListener;

/** Every process of every region. */
const processes = (): [site: RegionSite, at: number][] => [
  [us, 0],
  [us, 1],
  [eu, 0],
  [eu, 1],
];

beforeAll(async () => {
  crm = await startOrigin();
  regions = await startThreeRegions({
    names: ['us', 'eu'],
    processes: 2,
    // Every write is on disk before Redis answers.
    storeArgs: ['--appendonly', 'yes', '--appendfsync', 'always'],
    yaml: declaration(crm.url, { cache: { nearTtlMs: 4000 } }),
    regions: { home: 'us', heartbeatMs: 200, silentAfterMs: 2500, invalidatedWithinMs: 2000 },
  });
  [us, eu] = [regions.region('us'), regions.region('eu')];
  await regions.untilAllHear();
  listener = new LogListener(openKafkaLog(kafkaAt(regions.kafka.address, ''), 'observer'));
  listener.start();
}, KAFKA_STARTS_WITHIN_MS);
afterAll(async () => {
  await listener.log.close();
  await regions.stop();
  await crm.stop();
});

const healAll = async (): Promise<void> => {
  for (const name of ['us', 'eu']) await regions.heal(name);
  await regions.untilAllHear(HEALS_WITHIN_MS);
};

function report(site: RegionSite, at: number, agentId: string, status: string, timestamp = Date.now()) {
  const event = { event_id: randomUUID(), agent_id: agentId, status, timestamp };
  return site.post('/events/agent-status', { ...event, region_source: site.name, tenant_id: TENANT }, at);
}
const agent = (site: RegionSite, at: number, agentId: string): Promise<HttpAnswer> =>
  site.get(`/agents/${agentId}?tenantId=${TENANT}`, at);
const join = (site: RegionSite, at: number, queueId: string, agentId: string): Promise<HttpAnswer> =>
  site.send('PUT', `/queues/${queueId}/agents/${agentId}?tenantId=${TENANT}`, {}, at);
const claim = (site: RegionSite, at: number, queueId: string): Promise<HttpAnswer> =>
  site.get(`/agents/available?queueId=${queueId}&callId=${randomUUID()}&tenantId=${TENANT}`, at);

interface OutboxHealth {
  readonly isSender: boolean;
  readonly events: number | null;
}
async function outboxOf(site: RegionSite, at: number): Promise<OutboxHealth> {
  const { json } = await site.get('/health/ready', at);
  return (json?.details as { readonly outbox: OutboxHealth }).outbox;
}
/** The index of the process that sends the outbox of the region. */
async function senderOf(site: RegionSite): Promise<number> {
  return eventually(async () => {
    const isSender = await Promise.all([0, 1].map(async (at) => (await outboxOf(site, at)).isSender));
    expect(isSender.filter(Boolean)).toHaveLength(1);
    return isSender.indexOf(true);
  });
}

/** Sends many events to both processes of us. Returns the agents, each of which ends as BUSY. */
async function fillOutbox(): Promise<string[]> {
  const agents = Array.from({ length: AGENTS }, () => randomUUID());
  const startMs = Date.now() - 10 * EVENTS_PER_AGENT;
  await Promise.all(
    agents.map(async (agentId) => {
      for (let n = 1; n <= EVENTS_PER_AGENT; n += 1) {
        const { status } = await report(us, n % 2, agentId, n % 2 === 0 ? 'BUSY' : 'AVAILABLE', startMs + 10 * n);
        expect(status).toBe(202);
      }
    }),
  );
  return agents;
}

/** The records about an agent, in the order of the log, without repetitions of a batch. */
function eventsInLog(agentId: string): LogRecord[] {
  const seen = new Set<string>();
  return listener.recordsOf(`${TENANT}:${agentId}`).filter(({ value }) => !seen.has(value) && seen.add(value));
}

async function expectEverything(agents: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      for (const agentId of agents) {
        expect((await agent(eu, 0, agentId)).json).toMatchObject({ status: 'BUSY', region: 'us' });
        expect(eventsInLog(agentId)).toHaveLength(EVENTS_PER_AGENT);
      }
    },
    { withinMs: HEALS_WITHIN_MS },
  );
  for (const agentId of agents) {
    const times = eventsInLog(agentId).map(({ value }) => (JSON.parse(value) as { timestamp: number }).timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
}

describe('two processes in each of two regions', () => {
  it('have one sender per region, and all of them show its outbox', async () => {
    for (const site of [us, eu]) await senderOf(site);
    for (const [site, at] of processes())
      await eventually(async () => expect((await outboxOf(site, at)).events).toBe(0));
  });

  it('drop what any of them invalidates, in Redis and in their near caches', async () => {
    for (const [site, at] of processes()) {
      const customerId = randomUUID();
      const tierAt = async ([reader, of]: [RegionSite, number]): Promise<unknown> =>
        (await reader.lookup('profile', { customerId, tenantId: TENANT }, of)).json?.tier;
      crm.answer({ id: customerId, firstName: 'Ada', lastName: 'Lovelace', accountTier: 'Old' });
      for (const each of processes()) for (let n = 0; n < 3; n += 1) expect(await tierAt(each)).toBe('Old');
      crm.answer({ id: customerId, firstName: 'Ada', lastName: 'Lovelace', accountTier: 'New' });
      const event = { customerId, tenantId: TENANT, eventId: randomUUID() };
      expect((await site.post('/webhook/customer-updated', event, at)).status).toBe(200);
      for (const each of processes()) await eventually(async () => expect(await tierAt(each)).toBe('New'));
    }
  });

  it('hand out each agent once, whichever of them is asked', async () => {
    const queueId = randomUUID();
    const agents = Array.from({ length: 12 }, () => randomUUID());
    for (const [n, agentId] of agents.entries()) {
      const [site, at] = processes()[n % 4] ?? [us, 0];
      expect((await join(site, at, queueId, agentId)).status).toBeLessThan(300);
      expect((await report(site, at, agentId, 'AVAILABLE')).status).toBe(202);
    }
    for (const agentId of agents)
      await eventually(async () => expect((await agent(us, 0, agentId)).json?.status).toBe('AVAILABLE'));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => processes()[n % 4] ?? ([us, 0] as const)).map(([site, at]) =>
        claim(site, at, queueId),
      ),
    );
    const found = answers.filter(({ json }) => json?.agentFound === true).map(({ json }) => String(json?.agentId));
    expect(found.toSorted()).toEqual(agents.toSorted());
    for (const { json } of answers) expect(json).toMatchObject({ region: 'us' });
  });

  it('know the events about agents that any of them accepts', async () => {
    for (const [site, at] of processes()) {
      const agentId = randomUUID();
      expect((await report(site, at, agentId, 'BUSY')).status).toBe(202);
      for (const [reader, of] of processes())
        await eventually(async () =>
          expect((await agent(reader, of, agentId)).json).toMatchObject({ status: 'BUSY', region: site.name }),
        );
    }
  });
});

describe('a region without the log', () => {
  afterEach(healAll);

  it('hands out its agents at home, and other regions still forward claims to it', async () => {
    const queueId = randomUUID();
    const agents = Array.from({ length: 4 }, () => randomUUID());
    for (const agentId of agents) {
      await join(us, 0, queueId, agentId);
      expect((await report(us, 0, agentId, 'AVAILABLE')).status).toBe(202);
    }
    for (const name of ['us', 'eu']) await regions.cut(name, 'bus');
    await eventually(async () => {
      for (const site of [us, eu])
        expect((await site.get('/health/ready')).json?.details).toMatchObject({ regions: { blind: true } });
    });
    const answers = [];
    for (const [site, at] of processes()) answers.push(await claim(site, at, queueId));
    for (const { json } of answers) expect(json).toMatchObject({ agentFound: true, region: 'us' });
    expect(answers.map(({ json }) => String(json?.agentId)).toSorted()).toEqual(agents.toSorted());
    expect((await claim(eu, 0, queueId)).json).toMatchObject({ agentFound: false });
  });

  it('sends everything in order if its sender is killed with a full outbox', async () => {
    await regions.cut('us', 'bus');
    const agents = await fillOutbox();
    const sender = await senderOf(us);
    await eventually(async () =>
      expect((await outboxOf(us, 1 - sender)).events).toBeGreaterThanOrEqual(AGENTS * EVENTS_PER_AGENT),
    );
    await us.killProcess(sender);
    await regions.heal('us');
    await expectEverything(agents);
    await regions.replaceProcess('us', sender);
  }, 120_000);

  it('sends everything in order if its Redis is killed with a full outbox and starts again', async () => {
    await regions.cut('us', 'bus');
    const agents = await fillOutbox();
    const redis = us.store.masters[0];
    await redis?.kill();
    await redis?.restartFromSnapshot();
    await regions.heal('us');
    await expectEverything(agents);
  }, 120_000);
});

describe("a claim while the home's Redis is away", () => {
  afterEach(async () => {
    await us.store.masters[0]?.restartFromSnapshot();
    await healAll();
  });

  it('is answered with store_unavailable at home and in other regions, and no agent is handed out', async () => {
    const [queueId, agentId] = [randomUUID(), randomUUID()];
    await join(us, 0, queueId, agentId);
    await report(us, 0, agentId, 'AVAILABLE');
    await us.store.masters[0]?.kill();
    for (const [site, at] of processes())
      await eventually(async () => {
        const { json } = await claim(site, at, queueId);
        expect(json).toMatchObject({ agentFound: false, error: 'store_unavailable' });
      });
  });
});
