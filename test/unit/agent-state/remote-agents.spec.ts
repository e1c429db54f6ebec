import { beforeEach, describe, expect, it } from '@jest/globals';
import { Hmac } from '../../../src/kernel/hmac.js';
import { AgentMetrics } from '../../../src/modules/agent-state/agent.metrics.js';
import type { QueueEvents } from '../../../src/modules/agent-state/assignments/queue-events.service.js';
import { ActiveTenants } from '../../../src/modules/agent-state/internal/active-tenants.js';
import { RemoteAgentEvents } from '../../../src/modules/agent-state/internal/remote-agents.service.js';
import { MemoryAgentStore } from '../../../src/modules/agent-state/store/memory-agent-store.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';
import { ReportingRegions } from '../../../src/regions/reporting-regions.js';
import { RegionHandlers, type UncheckedStatusChange } from '../../../src/regions/region-handlers.js';
import { regionAlone } from '../../support/agent-stores.js';

const NOW_MS = 1_700_000_000_000;
const REGIONS = new ReportingRegions(
  'us',
  { home: 'us', homes: new Map([['20002', 'eu']]), peers: new Map([['eu', {}]]) } as never,
  { regions: [] },
  { warn: () => undefined },
);
const OPTIONS = { claimTtlMs: 10_000, holdMs: 60_000, agentTtlMs: 3_600_000 };

describe('RemoteAgentEvents', () => {
  let store: MemoryAgentStore;
  let remote: RemoteAgentEvents;
  let handlers: RegionHandlers;
  beforeEach(() => {
    handlers = new RegionHandlers();
    store = new MemoryAgentStore({ nowMs: () => NOW_MS }, OPTIONS, regionAlone());
    const metrics = new AgentMetrics(new MetricsRegistry());
    const queues = { applyRemote: () => Promise.resolve(true) } as unknown as QueueEvents;
    const tenants = new ActiveTenants();
    remote = new RemoteAgentEvents(store, new Hmac('secret'), metrics, tenants, REGIONS, queues, handlers);
  });

  const foreign = (more: Readonly<Record<string, unknown>> = {}): UncheckedStatusChange => ({
    ...{ event_id: 'e-1', timestamp: NOW_MS - 1000, agent_id: 'a-1', status: 'AVAILABLE', region_source: 'eu' },
    tenant_id: '10001',
    ...more,
  });
  const parts = {
    presence: { atMs: NOW_MS - 500, availability: 'free', raw: 'On Queue' },
    routing: { atMs: NOW_MS - 500, availability: 'busy', raw: 'INTERACTING' },
  };
  const sent = (report: Readonly<Record<string, unknown>> = {}, id: unknown = 'ab'.repeat(12)): UncheckedStatusChange =>
    foreign({
      datadip: { schema: 1, id, region: 'eu', report: { platform: 'genesys', region: 'eu', parts, ...report } },
    });
  const status = async (): Promise<unknown> => (await store.read('10001', 'a-1'))?.status;

  it('registers for the records of agents', () => {
    expect(handlers.agents).toBe(remote);
  });

  it('applies the value of another program as POST /events/agent-status does', async () => {
    expect(await remote.reported(foreign(), false)).toBe('applied');
    expect(await store.read('10001', 'a-1')).toMatchObject({ status: 'AVAILABLE', region: 'eu', platform: 'other' });
  });

  it.each([
    ['10001', 'us'],
    ['20002', 'eu'],
  ])('counts a record that names no region as of the home of the tenant %s', async (tenant, home) => {
    expect(await remote.reported(foreign({ region_source: 'middleware', tenant_id: tenant }), false)).toBe('applied');
    expect(await store.read(tenant, 'a-1')).toMatchObject({ region: home });
  });

  it('reads seconds, and digits in quotes', async () => {
    expect(await remote.reported(foreign({ timestamp: String(NOW_MS / 1000) }), false)).toBe('applied');
    expect(await status()).toBe('AVAILABLE');
  });

  it.each([
    ['an agent id that is no id', { agent_id: 'a b' }],
    ['no event id', { event_id: undefined }],
    ['a time that is no number', { timestamp: 'yesterday' }],
    ['an unknown status', { status: 'NO SUCH STATUS' }],
    ['a region that is no name', { region_source: 'eu central' }],
    ['a platform that does not exist', { platform: 'acme' }],
  ])('refuses a value of another program with %s', async (_what, change) => {
    expect(await remote.reported(foreign(change), false)).toBe('malformed');
    expect(await status()).toBeUndefined();
  });

  it('applies the parts that another region stored', async () => {
    expect(await remote.reported(sent(), false)).toBe('applied');
    expect(await store.read('10001', 'a-1')).toMatchObject({ status: 'BUSY', platform: 'genesys', region: 'eu' });
  });

  it.each([
    ['a mark that is no hash', sent({}, 'x')],
    ['a time with 14 digits', sent({ parts: { presence: { ...parts.presence, atMs: 99_999_999_999_999 } } })],
    ['an unknown availability', sent({ parts: { presence: { ...parts.presence, availability: 'maybe' } } })],
    ['parts that are a text', sent({ parts: 'x' })],
    ['a call without an id', sent({ call: { atMs: 1 } })],
    ['a report that is missing', foreign({ datadip: { schema: 1, id: 'ab'.repeat(12), region: 'eu' } })],
  ])('refuses a report of another region with %s', async (_what, change) => {
    expect(await remote.reported(change, false)).toBe('malformed');
    expect(await status()).toBeUndefined();
  });

  it('counts the same record as a duplicate, also after its state was replaced', async () => {
    await remote.reported(sent(), false);
    expect(await remote.reported(sent(), false)).toBe('duplicate');
  });

  it('applies a record past its mark if the store may have lost it', async () => {
    const lost = new MemoryAgentStore({ nowMs: () => NOW_MS }, OPTIONS, regionAlone());
    await remote.reported(sent(), false);
    const reports: unknown[] = [];
    store.applyReport = (report) => {
      reports.push(report.eventHash);
      return lost.applyReport(report);
    };
    await remote.reported(sent(), true);
    expect(reports).toEqual([undefined, 'ab'.repeat(12)]);
    expect((await lost.read('10001', 'a-1'))?.status).toBe('BUSY');
  });

  it('reaches the same state in any order', async () => {
    const later = sent(
      { parts: { presence: { atMs: NOW_MS - 100, availability: 'off', raw: 'Offline' } } },
      'cd'.repeat(12),
    );
    await remote.reported(later, false);
    await remote.reported(sent(), false);
    expect(await status()).toBe('OFFLINE');
  });

  it('ends the call of a confirmed lock', async () => {
    const call = { schema: 1, type: 'call.ended', id: 'ab'.repeat(12), region: 'eu' } as const;
    expect(await remote.ended({ ...call, tenant: '10001', callHash: 'cd'.repeat(12) }, false)).toBe('applied');
  });
});
