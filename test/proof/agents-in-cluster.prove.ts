import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { check } from './agents/claim-history.js';
import { ClaimLoad } from './agents/claim-load.js';
import { processesOnOneCluster } from './agents/cluster.js';
import { MovingSlot } from '../support/moving-slot.js';
import { CLUSTER_FAULTS, RESTORED } from './cluster-faults.js';

const CLAIMS = Number(process.env.PROVE_CLUSTER_CLAIMS ?? 20_000);
const TERMS = { claimTtlMs: 400, holdMs: 2000, agentTtlMs: 3_600_000 };
const AGENTS = 2000;
const QUIET_MS = 3000;

it(`claims no agent twice in ${CLAIMS} claims on a cluster whose nodes fail, and loses no agent`, async () => {
  const stage = await processesOnOneCluster(3, TERMS);
  const { stores, longLeaseStore, cluster } = stage;
  const clients = cluster.masters.map(({ port }) => new Redis(port, '127.0.0.1'));
  const tenant = randomUUID();
  const slot = new MovingSlot(clients, `{${tenant}}`);
  try {
    const plan = { tenant, agents: AGENTS, claimers: 24, claims: CLAIMS, terms: TERMS };
    const outcome = await new ClaimLoad(stores, longLeaseStore, plan).run(async () => {
      for (const { name, lastsMs, inject } of CLUSTER_FAULTS) {
        await sleep(QUIET_MS);
        process.stdout.write(`${name}\n`);
        // The fault must meet the node that has the agents.
        await slot.moveTo(name === RESTORED ? 1 : 0);
        await sleep(QUIET_MS);
        await inject(cluster, lastsMs);
      }
      await sleep(QUIET_MS);
    });
    const { locks, none, unknown, events, claimableAgain } = outcome;
    const violations = Map.groupBy(check(locks, { ...TERMS, lossesMs: cluster.lossesMs }), ({ kind }) => kind);
    const counts = [...violations].map(([kind, found]) => `${kind} ${found.length}`).join(', ');
    process.stdout.write(
      `\nclaims ${locks.length}, no agent found ${none}, refused ${unknown}, events ${events}, ` +
        `violations ${counts || 0}, claimable again ${claimableAgain}\n\n`,
    );
    expect(violations.get('double') ?? []).toEqual([]);
    expect(violations.get('fence') ?? []).toEqual([]);
    // A node that lost data lost locks: it refuses their owners, and no agent is claimed twice.
    expect((violations.get('lost') ?? []).length).toBeLessThan(CLAIMS / 100);
    expect(claimableAgain).toBe(AGENTS);
  } finally {
    for (const client of clients) client.disconnect();
    await stage.stop();
  }
});
