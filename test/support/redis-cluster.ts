import { Redis } from 'ioredis';
import { eventually } from './eventually.js';

const SLOTS = 16_384;
const AGREES_WITHIN_MS = 45_000;

/** Makes one cluster of empty servers in cluster mode: gives each its share of the slots, introduces them, waits until all agree. */
export async function joinCluster(ports: readonly number[]): Promise<void> {
  const clients = ports.map((port) => new Redis(port, '127.0.0.1'));
  try {
    await Promise.all(clients.map((client, index) => takeShare(client, index, ports.length)));
    for (const client of clients.slice(1)) await client.cluster('MEET', '127.0.0.1', ports[0] ?? 0);
    await Promise.all(clients.map((client) => untilAgreed(client, ports.length)));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** Makes one more empty server a replica, once it knows the one it is to follow and is in step with it. */
export async function followIn(masterPort: number, port: number): Promise<void> {
  const [master, replica] = [new Redis(masterPort, '127.0.0.1'), new Redis(port, '127.0.0.1')];
  try {
    const id = await master.cluster('MYID');
    await replica.cluster('MEET', '127.0.0.1', masterPort);
    await eventually(() => replica.cluster('REPLICATE', id), { withinMs: AGREES_WITHIN_MS });
    await eventually(
      async () => {
        if (!(await replica.info('replication')).includes('master_link_status:up')) throw new Error('not in step yet');
      },
      { withinMs: AGREES_WITHIN_MS },
    );
  } finally {
    master.disconnect();
    replica.disconnect();
  }
}

/** Epochs that differ from the start: nodes that have the same one must first settle who keeps it. */
async function takeShare(client: Redis, index: number, of: number): Promise<void> {
  const first = Math.ceil((SLOTS * index) / of);
  const next = Math.ceil((SLOTS * (index + 1)) / of);
  await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  await client.cluster('ADDSLOTS', ...Array.from({ length: next - first }, (_, offset) => first + offset));
}

async function untilAgreed(client: Redis, nodes: number): Promise<void> {
  const wanted = ['cluster_state:ok', `cluster_slots_ok:${SLOTS}`, `cluster_known_nodes:${nodes}`];
  await eventually(
    async () => {
      const info = await client.call('CLUSTER', 'INFO');
      const missing = wanted.filter((line) => !String(info).includes(line));
      if (missing.length > 0) throw new Error(`the cluster has not settled, missing: ${missing.join(', ')}`);
    },
    { withinMs: AGREES_WITHIN_MS },
  );
}
