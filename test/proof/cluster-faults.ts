import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { MovingSlot } from '../support/moving-slot.js';
import type { TestRedis } from '../support/redis-server.js';
import { commandOn, type ProofCluster } from './cluster.js';
import type { FaultKind } from './faults.js';
import { randomItem } from './random-item.js';

const BACK_WITHIN = { withinMs: 60_000 };
/** A slot moves for this long, key by key, while callers use its keys. */
const SLOT_MOVES_MS = 300;

/** The name of the fault that breaks the second master. */
export const RESTORED = 'a node back from a snapshot';

/** The faults of a cluster. */
export const CLUSTER_FAULTS: readonly FaultKind<ProofCluster>[] = [
  { name: 'slots moving', lastsMs: 3000, inject: slotsMoving },
  { name: 'a node hung, its replica promoted', lastsMs: 2000, inject: nodeHung },
  { name: 'a node half-open', lastsMs: 2500, inject: nodeHalfOpen },
  { name: RESTORED, lastsMs: 800, inject: nodeRestored },
  { name: 'failover to a replica with a cut link', lastsMs: 1000, inject: laggingReplicaPromoted },
];

/** Moves slots that have keys, one after the other. */
export async function slotsMoving({ masters }: Pick<ProofCluster, 'masters'>, lastsMs: number): Promise<void> {
  const clients = masters.map(({ port }) => new Redis(port, '127.0.0.1'));
  try {
    for (const untilMs = performance.now() + lastsMs; performance.now() < untilMs;) {
      const key = await randomItem(clients).randomkey();
      if (key === null) continue;
      const moving = new MovingSlot(clients, key);
      await moving.open();
      await sleep(SLOT_MOVES_MS / 3);
      // A slot may have thousands of keys.
      await moving.finish(SLOT_MOVES_MS / 10, SLOT_MOVES_MS);
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function nodeHung(cluster: ProofCluster, lastsMs: number): Promise<void> {
  const { first, replica } = cluster;
  await pauseAndLose(cluster);
  await sleep(500);
  await commandOn(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
  await sleep(lastsMs);
  first.resume();
  await giveBack(cluster);
}

async function nodeHalfOpen({ link }: ProofCluster, lastsMs: number): Promise<void> {
  await link.hang();
  await sleep(lastsMs);
  await link.pass();
}

async function nodeRestored({ masters, lossesMs }: ProofCluster, lastsMs: number): Promise<void> {
  const node = masters[1];
  if (node === undefined) throw new Error('the cluster has no second master');
  await node.snapshot();
  await sleep(lastsMs);
  lossesMs.push(performance.now());
  await node.kill();
  lossesMs.push(performance.now());
  await node.restartFromSnapshot();
  await untilHealthy(masters);
}

/** The node may lose all that it acknowledged until it stopped. */
async function pauseAndLose({ first, lossesMs }: ProofCluster): Promise<void> {
  lossesMs.push(performance.now());
  await first.pause();
  lossesMs.push(performance.now());
}

/** The replica misses what the master acknowledged after the cut. */
async function laggingReplicaPromoted(cluster: ProofCluster, lastsMs: number): Promise<void> {
  const { first, replica } = cluster;
  await commandOn(first, 'ACL', 'SETUSER', 'default', '-psync');
  await commandOn(first, 'CLIENT', 'KILL', 'TYPE', 'REPLICA');
  await sleep(lastsMs);
  await pauseAndLose(cluster);
  await commandOn(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
  await sleep(lastsMs);
  first.resume();
  await commandOn(first, 'ACL', 'SETUSER', 'default', '+psync');
  await giveBack(cluster);
}

/** Makes the first node the master of its slots again, after it has read what its replica has. */
async function giveBack({ first, replica, masters }: ProofCluster): Promise<void> {
  await eventually(async () => {
    const replication = String(await commandOn(first, 'INFO', 'replication'));
    if (!/role:slave[^]*master_link_status:up/.test(replication)) throw new Error('the node is no replica in sync yet');
  }, BACK_WITHIN);
  await commandOn(first, 'CLUSTER', 'FAILOVER');
  await eventually(async () => {
    for (const [node, role] of [
      [first, 'role:master'],
      [replica, 'role:slave'],
    ] as const)
      if (!String(await commandOn(node, 'INFO', 'replication')).includes(role)) throw new Error(`not yet ${role}`);
  }, BACK_WITHIN);
  await untilHealthy(masters);
}

export async function untilHealthy(nodes: readonly TestRedis[]): Promise<void> {
  await eventually(async () => {
    for (const node of nodes) {
      const state = String(await commandOn(node, 'CLUSTER', 'INFO'));
      if (!state.includes('cluster_state:ok')) throw new Error('the cluster has not settled');
    }
  }, BACK_WITHIN);
}
