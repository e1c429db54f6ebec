/**
 * A process that claims agents by skill. `agents.ts` starts it; it measures, prints its figures as
 * JSON and ends.
 *
 * The tenant has 30 skills and 40 queues. Each agent has 10 skills and is in 5 queues. Two more
 * queues have as many members: `few` has 100 of the agents, `many` has all of them. In the queue
 * `behind`, the first half of the agents lacks the skill of the others.
 */
import { Redis as Client } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { Wanted } from '../src/contracts/skills.js';
import type { AgentStore } from '../src/modules/agent-state/store/agent-store.js';
import { measured, openStore, rounds, runConcurrently, type ClaimFigures } from './support/claimers.ts';
import { quantile } from './support/numbers.ts';

export interface SkillFigures {
  /** By the kind of claim, with 64 claims in flight, in the queue with all agents. */
  readonly busy: Readonly<Record<string, readonly ClaimFigures[]>>;
  /** By the kind of claim and the number of members, with one claim in flight. */
  readonly bySize: Readonly<Record<string, readonly ClaimFigures[]>>;
  /** How long 200 changes of memberships took together, and the claims in that time, in ms. */
  readonly changes: readonly { readonly tookMs: number; readonly p99Ms: number }[];
  readonly bytesPerAgent: number;
}

const [AGENTS, FEW, SKILLS, QUEUES, CHANGED] = [10_000, 100, 30, 40, 200];
const [SKILLS_PER_AGENT, QUEUES_PER_AGENT] = [10, 5];
const TENANT = '10001';

const agentIdOf = (n: number): string =>
  `5f0c${String((n % 9000) + 1000)}-0000-4000-8000-${String(n).padStart(12, '0')}`;
const skillOf = (n: number): string => `skill-${n}`;
const queueOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** A fixed order of numbers that looks random, so that every run has the same agents. */
const mixed = (n: number, salt: number): number => Math.imul(n + 1, 2654435761 + 2 * salt) >>> 8;

class SkilledAgents {
  private readonly claimed: { readonly tenant: string; readonly agentId: string; readonly token: string }[] = [];
  private readonly store: AgentStore;

  constructor(store: AgentStore) {
    this.store = store;
  }

  /** An agent of the centre: 10 skills, 5 queues, free for some minutes. */
  async add(n: number): Promise<void> {
    const agentId = agentIdOf(n);
    const first = mixed(n, 1);
    const skills = Array.from({ length: SKILLS_PER_AGENT }, (_, index): [string, number] => [
      skillOf((first + index * 7) % SKILLS),
      mixed(n, index) % 6,
    ]);
    await this.setSkills(agentId, skills);
    for (let index = 0; index < QUEUES_PER_AGENT; index += 1)
      await this.join(queueOf((mixed(n, 3) + index * 8) % QUEUES), agentId);
    await this.report(agentId, 900_000 - n * 60);
  }

  join(queueId: string, agentId: string): Promise<unknown> {
    return this.store.join({ tenant: TENANT, queueId, agentId }, 0, 'read', Date.now());
  }

  leave(queueId: string, agentId: string): Promise<unknown> {
    return this.store.leave({ tenant: TENANT, queueId, agentId }, 'read', Date.now());
  }

  setSkills(agentId: string, skills: [string, number][]): Promise<unknown> {
    return this.store.setSkills({
      ...{ tenant: TENANT, agentId, source: 'read', atMs: Date.now() },
      skills: new Map(skills),
    });
  }

  report(agentId: string, agoMs: number): Promise<unknown> {
    const part = { atMs: Date.now() - agoMs, availability: 'free' as const };
    return this.store.applyReport({
      ...{ tenant: TENANT, agentId, eventHash: undefined, platform: 'genesys', region: 'eu-central-1' },
      parts: { presence: { ...part, raw: 'ON_QUEUE' }, routing: { ...part, raw: 'IDLE' } },
    });
  }

  async claim(queueId: string, wanted: Wanted | undefined): Promise<void> {
    const callId = randomUUID();
    const call = { callId, hash: callId.slice(0, 24), callerHash: callId.slice(-12) };
    const answer = await this.store.claim({ tenant: TENANT, queueId, call, token: randomUUID(), wanted });
    if (answer.kind !== 'claimed') throw new Error(`a claim in ${queueId} ended as ${answer.kind}`);
    this.claimed.push({ tenant: TENANT, agentId: answer.claim.agentId, token: answer.claim.lockToken });
  }

  async releaseAll(): Promise<void> {
    const owners = this.claimed.splice(0);
    await runConcurrently(owners.length, 64, async (n) => {
      const owner = owners[n];
      if (owner !== undefined) await this.store.release(owner, 'rejected');
    });
  }
}

function wanted(evaluation: 'all' | 'best', ...skills: string[]): Wanted {
  return { evaluation, requirements: skills.map((skill) => ({ skill, minimum: 0 })), preferred: [] };
}

/** Two skills that some agents have together. */
function pair(n: number): string[] {
  return [skillOf(n % SKILLS), skillOf((n + 7) % SKILLS)];
}

/** The ten skills of an agent. */
function ten(n: number): string[] {
  return Array.from({ length: SKILLS_PER_AGENT }, (_, index) => skillOf((n + index * 7) % SKILLS));
}

async function fill(agents: SkilledAgents): Promise<void> {
  await runConcurrently(AGENTS, 64, (n) => agents.add(n));
}

/** Queues to compare sizes. */
async function fillSizes(agents: SkilledAgents): Promise<void> {
  await runConcurrently(AGENTS, 64, (n) => agents.join('many', agentIdOf(n)));
  await runConcurrently(FEW, 64, (n) => agents.join('few', agentIdOf(n * (AGENTS / FEW))));
  await runConcurrently(AGENTS, 64, async (n) => {
    const agentId = `behind-${n}-8000-4000-8000-000000000000`;
    await agents.setSkills(agentId, [[n < AGENTS / 2 ? 'before' : 'behind', 3]]);
    await agents.join('behind', agentId);
    await agents.report(agentId, 900_000 - n * 60);
  });
}

/** 200 agents leave a queue or join it again, while claims run one after another. */
async function changes(agents: SkilledAgents, count: number): Promise<SkillFigures['changes']> {
  const found: { tookMs: number; p99Ms: number }[] = [];
  for (let round = 0; round < 2 * count; round += 1) {
    const took: number[] = [];
    const state = { isChanging: true };
    const claiming = (async () => {
      for (let n = 0; state.isChanging || took.length < 20; n += 1) {
        const askedMs = performance.now();
        await agents.claim('many', wanted('all', ...pair(n)));
        took.push(performance.now() - askedMs);
      }
    })();
    const fromMs = performance.now();
    await Promise.all(
      Array.from({ length: CHANGED }, (_, n) => {
        const agentId = agentIdOf(n * 40);
        return round % 2 === 0 ? agents.leave('many', agentId) : agents.join('many', agentId);
      }),
    );
    const tookMs = performance.now() - fromMs;
    state.isChanging = false;
    await claiming;
    await agents.releaseAll();
    if (round > 1) found.push({ tookMs, p99Ms: quantile(took, 0.99) });
  }
  return found;
}

async function main(url: string, roundCount: number): Promise<void> {
  const client = new Client(url);
  const usedBytes = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  const redisPid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  const agents = new SkilledAgents(await openStore(url));
  const emptyBytes = await usedBytes();
  await fill(agents);
  const bytesPerAgent = ((await usedBytes()) - emptyBytes) / AGENTS;
  await fillSizes(agents);

  const run = (count: number, inFlight: number, queueId: string, wantedOf: (n: number) => Wanted | undefined) => {
    let n = 0;
    return async (): Promise<ClaimFigures> => {
      const figures = await measured({ count, inFlight }, () => agents.claim(queueId, wantedOf((n += 1))), redisPid);
      await agents.releaseAll();
      return figures;
    };
  };
  const busy = await rounds(roundCount, {
    plain: run(4000, 64, 'many', () => undefined),
    'two skills, all': run(4000, 64, 'many', (n) => wanted('all', ...pair(n))),
    'two skills, best': run(4000, 64, 'many', (n) => wanted('best', ...pair(n))),
    'ten skills, all': run(1000, 64, 'many', (n) => wanted('all', ...ten(n))),
    'behind 5,000 others': run(4000, 64, 'behind', () => wanted('all', 'behind')),
  });
  const bySize = await rounds(roundCount * 5, {
    'plain, 100': run(40, 1, 'few', () => undefined),
    'plain, 10,000': run(40, 1, 'many', () => undefined),
    'two skills, 100': run(20, 1, 'few', (n) => wanted('all', ...pair(n))),
    'two skills, 10,000': run(20, 1, 'many', (n) => wanted('all', ...pair(n))),
    'two skills best, 100': run(20, 1, 'few', (n) => wanted('best', ...pair(n))),
    'two skills best, 10,000': run(20, 1, 'many', (n) => wanted('best', ...pair(n))),
    'ten skills, 10,000': run(20, 1, 'many', (n) => wanted('all', ...ten(n))),
    'behind 5,000 others, 10,000': run(20, 1, 'behind', () => wanted('all', 'behind')),
  });
  const figures: SkillFigures = { busy, bySize, changes: await changes(agents, roundCount * 4), bytesPerAgent };
  console.log(JSON.stringify(figures));
  process.exit(0);
}

const [url = '', roundCount = '5'] = process.argv.slice(2);
await main(url, Number(roundCount));
