import type { Cluster, Redis } from 'ioredis';

type Client = Redis | Cluster;

const POSITION = /^(\d{6}\.\d{3})(\d{13}):(.+)$/;

interface StoredTenant {
  readonly client: Client;
  readonly tenant: string;
  readonly locks: Readonly<Record<string, string>>;
}

/**
 * Reads the keys of a tenant's agents, and lists what does not fit together. `scripts/shared.lua`
 * describes the keys. Only for states between two operations.
 */
export async function inconsistencies(client: Client, tenant: string, agents: readonly string[]): Promise<string[]> {
  const stored = { client, tenant, locks: await client.hgetall(`agents:{${tenant}}:locks`) };
  const memberships = await Promise.all(agents.map((agent) => membershipsOf(stored, agent)));
  const queues = new Set(memberships.flatMap((queuesOfAgent) => Object.keys(queuesOfAgent)));
  const findings = await Promise.all([
    locksWithoutLease(stored),
    ...agents.map((agent, index) => findingsOf(stored, agent, memberships[index] ?? {})),
    ...[...queues].map((queue) => oldPositions(stored, queue)),
  ]);
  const count = memberships.flatMap((queuesOfAgent) => Object.keys(queuesOfAgent)).length;
  const counted = Number(await client.get(`agents:{${tenant}}:memberships`));
  return [...findings.flat(), ...(counted === count ? [] : [`${counted} of ${count} memberships are counted`])];
}

function membershipsOf({ client, tenant }: StoredTenant, agent: string): Promise<Record<string, string>> {
  return client.hgetall(`agent:{${tenant}}:${agent}:queues`);
}

async function locksWithoutLease({ client, tenant, locks }: StoredTenant): Promise<string[]> {
  const locked = Object.keys(locks).filter((field) => !field.startsWith(':'));
  const leased = await client.zrange(`agents:{${tenant}}:leases`, 0, -1);
  const calls = Object.entries(locks).filter(([field]) => field.startsWith(':') && field !== ':fence');
  const dangling = calls
    .flatMap(([, lines]) => lines.split('\n'))
    .filter((line) => {
      const [, token = '', agent = ''] = line.split(' ');
      return locks[agent]?.startsWith(`${token} `) !== true;
    });
  const [left, right] = [locked.toSorted().join(' '), leased.toSorted().join(' ')];
  return [
    ...(left === right ? [] : [`locked are ${left}, leased are ${right}`]),
    ...dangling.map((line) => `a call names no lock: ${line}`),
  ];
}

async function findingsOf(
  { client, tenant, locks }: StoredTenant,
  agent: string,
  memberships: Readonly<Record<string, string>>,
): Promise<string[]> {
  const idles = (await client.hget(`agent:{${tenant}}:${agent}`, 'i')) ?? '';
  const findings = Object.entries(memberships).map(async ([queue, score]) => {
    const key = `queue:{${tenant}}:${queue}`;
    const isMember = (await client.zscore(`${key}:agents`, agent)) !== null;
    const hasPosition = (await client.zscore(`${key}:free`, `${score}${idles}:${agent}`)) !== null;
    const needsPosition = idles !== '' && locks[agent] === undefined;
    return [
      ...(isMember ? [] : [`${agent} is no member of ${queue}`]),
      ...(score.length === 10 ? [] : [`${agent} has two scores in ${queue}`]),
      ...(needsPosition && !hasPosition ? [`${agent} has no position in ${queue}`] : []),
    ];
  });
  return [...(await Promise.all(findings)).flat(), ...(idles.length > 13 ? [`${agent} has two idle times`] : [])];
}

async function oldPositions({ client, tenant }: StoredTenant, queue: string): Promise<string[]> {
  const positions = await client.zrange(`queue:{${tenant}}:${queue}:free`, 0, -1);
  const isOld = async (position: string): Promise<boolean> => {
    const [, score = '', idle = '', agent = ''] = POSITION.exec(position) ?? [];
    const scoreNow = await client.hget(`agent:{${tenant}}:${agent}:queues`, queue);
    return scoreNow !== score || (await client.hget(`agent:{${tenant}}:${agent}`, 'i')) !== idle;
  };
  const old = await Promise.all(positions.map(isOld));
  return positions.filter((_, index) => old[index]).map((position) => `old position ${position} in ${queue}`);
}
