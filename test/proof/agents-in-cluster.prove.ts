import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, isExcused, unexplained } from './agents/claim-history.js';
import { ClaimLoad, FEW_AGENTS_COUNT } from './agents/claim-load.js';
import { processesOnOneCluster } from './agents/cluster.js';
import { eventually } from '../support/eventually.js';
import { MovingSlot } from '../support/moving-slot.js';
import { inconsistencies } from '../support/stored-agents.js';
import { CLUSTER_FAULTS, RESTORED } from './cluster-faults.js';

const CLAIMS = Number(process.env.PROVE_CLUSTER_CLAIMS ?? 20_000);
const TERMS = { claimTtlMs: 400, holdMs: 2000, agentTtlMs: 3_600_000 };
const AGENTS = 2000;
const QUIET_MS = 3000;
/** After a loss of data, claims are refused for 10 s. After any fault, they go on by then. */
const CLAIMS_AGAIN_WITHIN_MS = 30_000;
/** Claims after a fault that show that claiming goes on. */
const CLAIMS_AFTER_FAULT = 100;

it(`claims no agent twice in ${CLAIMS} claims on a cluster whose nodes fail, and loses no agent`, async () => {
  const stage = await processesOnOneCluster(3, TERMS);
  const { stores, longLeaseStore, cluster } = stage;
  const clients = cluster.masters.map(({ port }) => new Redis(port, '127.0.0.1'));
  const tenant = randomUUID();
  const slot = new MovingSlot(clients, `{${tenant}}`);
  try {
    const plan = { tenant, agents: AGENTS, claimers: 24, claims: CLAIMS, terms: TERMS };
    const load = new ClaimLoad(stores, longLeaseStore, plan);
    const outcome = await load.run(async () => {
      for (const { name, lastsMs, inject } of CLUSTER_FAULTS) {
        await sleep(QUIET_MS);
        process.stdout.write(`${name}\n`);
        // The fault must meet the node that has the agents.
        await slot.moveTo(name === RESTORED ? 1 : 0);
        await sleep(QUIET_MS);
        await inject(cluster, lastsMs);
        const { claimed } = load;
        await eventually(() => expect(load.claimed).toBeGreaterThan(claimed + CLAIMS_AFTER_FAULT), {
          withinMs: CLAIMS_AGAIN_WITHIN_MS,
        });
      }
      await sleep(QUIET_MS);
    });
    const { locks, splits, none, unknown, events, claimableAgain, claimableFromFew } = outcome;
    const terms = { ...TERMS, lossesMs: cluster.lossesMs };
    const found = check(locks, terms);
    // A node that lost data lost locks: it refuses their owners, and no agent is claimed twice.
    const violations = found.filter((each) => !isExcused(each, cluster.lossesMs));
    const owner = clients[await slot.ownerIndex()];
    if (owner === undefined) throw new Error('no node has the agents');
    const ids = Array.from({ length: AGENTS }, (_, at) => `agent-${at}`);
    process.stdout.write(
      `\nclaims ${locks.length}, no agent found ${none}, refused ${unknown}, events ${events}, ` +
        `violations ${violations.length}, locks that a node lost ${found.length - violations.length}, ` +
        `claimable again ${claimableAgain}\n\n`,
    );
    expect(violations.slice(0, 10)).toEqual([]);
    expect(unexplained(splits, terms)).toEqual([]);
    expect(new Set(locks.map(({ token }) => token)).size).toBe(locks.length);
    expect(claimableAgain).toBe(AGENTS);
    expect(claimableFromFew).toBe(FEW_AGENTS_COUNT);
    expect(await inconsistencies(owner, tenant, ids)).toEqual([]);
  } finally {
    for (const client of clients) client.disconnect();
    await stage.stop();
  }
});
