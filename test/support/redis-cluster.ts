import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { eventually } from './eventually.js';

const SLOTS = 16_384;
const AGREES_WITHIN_MS = 45_000;

/**
 * Joins empty servers in cluster mode to one cluster. Each server receives its share of the slots.
 * The function waits until all servers agree.
 *
 * @param caFile the authority of the servers' certificate; `undefined` means no TLS
 */
export async function createCluster(ports: readonly number[], caFile?: string): Promise<void> {
  const tls = caFile === undefined ? {} : { tls: { ca: readFileSync(caFile), servername: 'localhost' } };
  const clients = ports.map((port) => new Redis(port, '127.0.0.1', tls));
  try {
    await Promise.all(clients.map((client, index) => assignSlots(client, index, ports.length)));
    for (const client of clients.slice(1)) await client.cluster('MEET', '127.0.0.1', ports[0] ?? 0);
    await Promise.all(clients.map((client) => untilAgreed(client, ports.length)));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** Adds an empty server as a replica of a master, and waits until the replica is in sync. */
export async function addReplica(masterPort: number, port: number): Promise<void> {
  const [master, replica] = [new Redis(masterPort, '127.0.0.1'), new Redis(port, '127.0.0.1')];
  try {
    const id = await master.cluster('MYID');
    await replica.cluster('MEET', '127.0.0.1', masterPort);
    await eventually(() => replica.cluster('REPLICATE', id), { withinMs: AGREES_WITHIN_MS });
    await eventually(
      async () => {
        if (!(await replica.info('replication')).includes('master_link_status:up'))
          throw new Error('the replica is not in sync yet');
      },
      { withinMs: AGREES_WITHIN_MS },
    );
  } finally {
    master.disconnect();
    replica.disconnect();
  }
}

/** Introduces an empty server to a cluster, and waits until every node knows it. */
export async function joinEmptyNode(ports: readonly number[], port: number): Promise<void> {
  const clients = [port, ...ports].map((each) => new Redis(each, '127.0.0.1'));
  try {
    await clients[0]?.cluster('MEET', '127.0.0.1', ports[0] ?? 0);
    await Promise.all(clients.map((client) => untilAgreed(client, clients.length)));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/**
 * Assigns a share of the slots. Each node gets its own epoch, because equal epochs cause a
 * conflict.
 */
async function assignSlots(client: Redis, index: number, nodes: number): Promise<void> {
  const first = Math.ceil((SLOTS * index) / nodes);
  const next = Math.ceil((SLOTS * (index + 1)) / nodes);
  await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  await client.cluster('ADDSLOTS', ...Array.from({ length: next - first }, (_, offset) => first + offset));
}

async function untilAgreed(client: Redis, nodes: number): Promise<void> {
  const expectedLines = ['cluster_state:ok', `cluster_slots_ok:${SLOTS}`, `cluster_known_nodes:${nodes}`];
  await eventually(
    async () => {
      const info = await client.call('CLUSTER', 'INFO');
      const missing = expectedLines.filter((line) => !String(info).includes(line));
      if (missing.length > 0) throw new Error(`the cluster has not settled, missing: ${missing.join(', ')}`);
    },
    { withinMs: AGREES_WITHIN_MS },
  );
}
