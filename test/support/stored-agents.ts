import type { Cluster, Redis } from 'ioredis';
import { packed, parseRecord } from './agent-record.js';

type Client = Redis | Cluster;

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
    indexFindings(stored, agents),
  ]);
  const count = memberships.flatMap((queuesOfAgent) => Object.keys(queuesOfAgent)).length;
  const counted = Number(await client.get(`agents:{${tenant}}:memberships`));
  return [...findings.flat(), ...(counted === count ? [] : [`${counted} of ${count} memberships are counted`])];
}

async function membershipsOf({ client, tenant }: StoredTenant, agent: string): Promise<Record<string, string>> {
  const fields = await client.hgetall(`agent:{${tenant}}:${agent}:queues`);
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== '#'));
}

/** The empty string means that the agent has no ordinal. */
async function ordinalOf({ client, tenant }: StoredTenant, agent: string): Promise<string> {
  return (await client.hget(`agent:{${tenant}}:${agent}:queues`, '#')) ?? '';
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
  const ordinal = await ordinalOf({ client, tenant, locks }, agent);
  const findings = Object.entries(memberships).map(async ([queue, membership]) => {
    const score = scoresOf(membership);
    const key = `queue:{${tenant}}:${queue}`;
    const isMember = (await client.zscore(`${key}:agents`, agent)) !== null;
    const stored = await client.zscore(`${key}:idle`, `${packed(Number(idles))}${ordinal}`);
    const hasPosition = stored !== null && Number(stored) === Number(score);
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
  const pairs = await client.zrange(`queue:{${tenant}}:${queue}:idle`, 0, -1, 'WITHSCORES');
  const positions = pairs.flatMap((position, at) => (at % 2 === 0 ? [[position, pairs[at + 1]] as const] : []));
  const isOld = async ([position, score]: readonly [string, string | undefined]): Promise<boolean> => {
    const record = parseRecord((await client.hget(`agents:{${tenant}}:roster`, position.slice(7))) ?? '');
    const agent = record?.agent ?? '';
    const membership = await client.hget(`agent:{${tenant}}:${agent}:queues`, queue);
    const idle = await client.hget(`agent:{${tenant}}:${agent}`, 'i');
    const isCurrent = membership !== null && Number(scoresOf(membership)) === Number(score);
    return !isCurrent || packed(Number(idle)) !== position.slice(0, 7);
  };
  const old = await Promise.all(positions.map(isOld));
  return positions.filter((_, index) => old[index]).map(([position]) => `old position ${position} in ${queue}`);
}

/** The scores in a membership, without its source. */
function scoresOf(membership: string): string {
  return /^[\d.]*/.exec(membership)?.[0] ?? '';
}

/** The digits of idle times that have a bitmap. */
const DIGITS = Array.from({ length: 38 }, (_, index) => 4 + index);

/** Compares the index with the keys from which it is built. `scripts/index.lua` describes it. */
async function indexFindings(stored: StoredTenant, agents: readonly string[]): Promise<string[]> {
  const { client, tenant } = stored;
  const roster = await client.hgetall(`agents:{${tenant}}:roster`);
  const named = Object.values(roster).map((text) => parseRecord(text)?.agent ?? '');
  const ordinals = Object.keys(roster).map(Number);
  const used = await bitsOf(client, `agents:{${tenant}}:ordinals`);
  const findings = await Promise.all(agents.map((agent) => entryFindings(stored, agent, roster)));
  return [
    ...findings.flat(),
    ...named.filter((agent) => !agents.includes(agent)).map((agent) => `${agent} has an entry`),
    ...(ordinals.toSorted().join() === used.toSorted().join() ? [] : [`ordinals ${ordinals.join()}`]),
  ];
}

interface IndexedAgent {
  readonly queues: Readonly<Record<string, string>>;
  readonly skills: ReadonlyMap<string, number>;
  readonly isLocked: boolean;
  /** The idle time of the agent's positions; the empty string means that there are none. */
  readonly idles: string;
  readonly isOffline: boolean;
}

async function entryFindings(
  stored: StoredTenant,
  agent: string,
  roster: Readonly<Record<string, string>>,
): Promise<string[]> {
  const ordinal = await ordinalOf(stored, agent);
  const record = parseRecord(roster[ordinal] ?? '');
  const skills = record?.skills ?? '';
  const found = await indexedAgent(stored, agent, skills);
  const { queues, idles, isLocked } = found;
  const isNeeded = Object.keys(queues).length > 0 || skills !== '';
  if (record === undefined || !isNeeded) {
    const has = record !== undefined;
    return has === isNeeded ? [] : [`${agent} has ${has ? 'an' : 'no'} entry`];
  }
  const isFree = idles !== '' && !isLocked;
  const wrong = await wrongBits(stored, found, Number(ordinal));
  const claims: [claim: boolean, finding: string][] = [
    [record.agent === agent, `${ordinal} is not ${agent}`],
    [!isFree || record.idleMs === Number(idles), `${agent} is idle since ${idles}, and ${record.idleMs} in the index`],
    ...wrong.map((bitmap): [boolean, string] => [false, `${agent} has a wrong bit in ${bitmap}`]),
  ];
  return claims.filter(([isTrue]) => !isTrue).map(([, finding]) => finding);
}

async function indexedAgent(stored: StoredTenant, agent: string, skills: string): Promise<IndexedAgent> {
  const { client, tenant, locks } = stored;
  const [idles, status] = await client.hmget(`agent:{${tenant}}:${agent}`, 'i', 's');
  return {
    queues: await membershipsOf(stored, agent),
    skills: effectiveSkills(skills),
    isLocked: locks[agent] !== undefined,
    idles: idles ?? '',
    isOffline: (status ?? 'OFFLINE') === 'OFFLINE',
  };
}

async function wrongBits(
  { client, tenant }: StoredTenant,
  { queues, skills, isLocked, idles, isOffline }: IndexedAgent,
  ordinal: number,
): Promise<string[]> {
  const expected: [bitmap: string, isSet: boolean][] = [
    [`agents:{${tenant}}:free-bits`, idles !== '' && !isLocked],
    ...(idles === '' || isLocked ? [] : DIGITS).map((digit): [string, boolean] => [
      `agents:{${tenant}}:idle-${digit}-bits`,
      Math.floor(Number(idles) / 2 ** digit) % 2 === 0,
    ]),
    [`agents:{${tenant}}:offline-bits`, isOffline && !isLocked],
    ...Object.entries(queues).flatMap(([queue, membership]): [string, boolean][] => [
      [`queue:{${tenant}}:${queue}:agent-bits`, true],
      [`queue:{${tenant}}:${queue}:read-bits`, /^[\d.]+[rbc]/.test(membership)],
    ]),
    ...[...skills].flatMap(([name, proficiency]) =>
      [0, 1, 2, 3, 4, 5].map((level): [string, boolean] => [
        `agents:{${tenant}}:skill:${name}:${level}`,
        proficiency >= level,
      ]),
    ),
  ];
  const bits = await Promise.all(expected.map(([bitmap]) => client.getbit(bitmap, ordinal)));
  return expected.filter(([, isSet], at) => (bits[at] === 1) !== isSet).map(([bitmap]) => bitmap);
}

function effectiveSkills(text: string): Map<string, number> {
  const pairs = [...text.matchAll(/([^;|=]+)=([\d.]+);/g)].toReversed();
  return new Map(pairs.map(([, name = '', level]) => [name, Number(level)]));
}

async function bitsOf(client: Client, key: string): Promise<number[]> {
  const bytes = [...((await client.getBuffer(key)) ?? [])];
  return bytes.flatMap((byte, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (128 >> bit)).map((bit) => 8 * at + bit),
  );
}
