import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { declaration } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import { untilCommitted } from '../../support/kafka-topics.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { startThreeRegions, type ThreeRegions } from '../../support/three-regions.js';

const TENANT = '10001';
const WITHIN_MS = 60_000;

describe('a region whose Redis loses data', () => {
  let crm: ScriptedOrigin;
  let regions: ThreeRegions;
  beforeEach(async () => {
    crm = await startOrigin();
    regions = await startThreeRegions({
      ...{ names: ['us', 'eu'], yaml: declaration(crm.url), partitions: 1 },
      regions: { home: 'us', heartbeatMs: 200, silentAfterMs: 30_000, invalidatedWithinMs: 10_000 },
    });
    await regions.untilAllHear();
  }, 120_000);
  afterEach(async () => {
    await regions.stop();
    await crm.stop();
  });

  const report = async (status: string): Promise<void> => {
    const event = { event_id: randomUUID(), timestamp: Date.now(), agent_id: 'ada', status, tenant_id: TENANT };
    const answer = await regions.region('eu').post('/events/agent-status', { ...event, region_source: 'eu' });
    expect(answer.status).toBe(202);
  };
  const isInUs = (status: string): Promise<void> =>
    eventually(
      async () => {
        const { json } = await regions.region('us').get(`/agents/ada?tenantId=${TENANT}`);
        expect(json).toMatchObject({ status });
      },
      { withinMs: WITHIN_MS },
    );
  /** Redis goes back to the last snapshot. Resolves when a process of the region has noticed it. */
  const lose = async (): Promise<void> => {
    const [server] = regions.region('us').store.masters;
    if (server === undefined) throw new Error('a region has a Redis');
    await server.kill();
    await server.restartFromSnapshot();
    const client = new Redis(server.port, '127.0.0.1');
    try {
      await eventually(
        async () => {
          const { output } = regions.region('us').process();
          if ((await client.hget('heard:{us}', 'lost')) === null) throw new Error(`no loss is noted:\n${output}`);
        },
        { withinMs: WITHIN_MS },
      );
    } finally {
      client.disconnect();
    }
  };

  it(
    'reads the log again, although all its processes end before they could',
    async () => {
      const us = regions.region('us');
      await report('AVAILABLE');
      await isInUs('AVAILABLE');
      await us.store.masters[0]?.snapshot();
      await report('BUSY');
      await isInUs('BUSY');
      await untilCommitted(regions.kafka.address, 'datadip-us');
      await regions.cut('us', 'bus');
      await lose();
      await isInUs('AVAILABLE');
      await regions.replaceProcess('us');
      await regions.heal('us', 'bus');

      await isInUs('BUSY');
    },
    4 * WITHIN_MS,
  );
});
