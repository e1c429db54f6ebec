/**
 * A process of claimers. `agents.ts` starts it; it measures, prints its figures as JSON and ends.
 */
import { Redis as Client } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { AgentStore } from '../src/modules/agent-state/store/agent-store.js';
import { AgentLoop } from './agent-loop.ts';
import { measured, openStore, rounds, runConcurrently, type ClaimFigures } from './support/claimers.ts';
import { quantile } from './support/numbers.ts';

export interface AgentFigures {
  /** By contender and claims in flight, one a round. */
  readonly claims: Readonly<Record<string, readonly ClaimFigures[]>>;
  /** By the number of free agents in the queue, with one claim in flight. */
  readonly bySize: Readonly<Record<string, readonly ClaimFigures[]>>;
  readonly beside: { readonly eventsPerS: number; readonly claims: Pick<ClaimFigures, 'perS' | 'p50Ms' | 'p99Ms'> };
  readonly bytesPerAgent: number;
}

const AGENTS = 10_000;
const TENANT = '10001';
const EVENTS_PER_S = 5000;

class Store {
  private readonly claimed: { readonly tenant: string; readonly agentId: string; readonly token: string }[] = [];

  private readonly store: AgentStore;

  constructor(store: AgentStore) {
    this.store = store;
  }

  async fill(queueId: string, count: number): Promise<void> {
    await runConcurrently(count, 256, async (n) => {
      const agentId = `${queueId.padEnd(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
      await this.store.join({ tenant: TENANT, queueId, agentId }, 0);
      await this.tell(agentId, Date.now() - 60_000 + n, undefined);
    });
  }

  tell(agentId: string, atMs: number, eventHash: string | undefined): Promise<unknown> {
    const part = { atMs, availability: 'free' as const };
    return this.store.applyReport({
      ...{ tenant: TENANT, agentId, platform: 'genesys', region: 'eu-central-1' },
      eventHash,
      parts: { presence: { ...part, raw: 'ON_QUEUE' }, routing: { ...part, raw: 'IDLE' } },
    });
  }

  async claim(queueId: string): Promise<void> {
    const callId = randomUUID();
    const call = { callId, hash: callId.slice(0, 24), callerHash: callId.slice(-12) };
    const answer = await this.store.claim({ tenant: TENANT, queueId, call, token: randomUUID() });
    if (answer.kind !== 'claimed') throw new Error(`a claim ended as ${answer.kind}`);
    this.claimed.push({ tenant: TENANT, agentId: answer.claim.agentId, token: answer.claim.lockToken });
  }

  async releaseAll(): Promise<void> {
    const owners = this.claimed.splice(0);
    await runConcurrently(owners.length, 256, async (n) => {
      const owner = owners[n];
      if (owner !== undefined) await this.store.release(owner, 'failed');
    });
  }
}

async function besideEvents(store: Store, seconds: number): Promise<AgentFigures['beside']> {
  const untilMs = performance.now() + seconds * 1000;
  let told = 0;
  const telling = (async () => {
    const fromMs = performance.now();
    const pending = new Set<Promise<unknown>>();
    while (performance.now() < untilMs) {
      const due = ((performance.now() - fromMs) / 1000) * EVENTS_PER_S;
      while (told + pending.size < due && pending.size < 500) {
        const agentId = `told-${Math.floor(Math.random() * AGENTS)}`;
        const one: Promise<unknown> = store.tell(agentId, Date.now(), randomUUID().slice(0, 24)).then(() => {
          told += 1;
          pending.delete(one);
        });
        pending.add(one);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(pending);
    return told / ((performance.now() - fromMs) / 1000);
  })();
  const took: number[] = [];
  const fromMs = performance.now();
  while (performance.now() < untilMs) {
    const askedMs = performance.now();
    await store.claim('many');
    took.push(performance.now() - askedMs);
    await store.releaseAll();
  }
  const perS = (took.length / (performance.now() - fromMs)) * 1000;
  const claims = { perS, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
  return { eventsPerS: await telling, claims };
}

async function main(url: string, roundCount: number, seconds: number): Promise<void> {
  const client = new Client(url, { enableAutoPipelining: true });
  const usedBytes = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  const store = new Store(await openStore(url));
  const loop = new AgentLoop(client);
  const redisPid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  const emptyBytes = await usedBytes();
  await store.fill('many', AGENTS);
  const bytesPerAgent = ((await usedBytes()) - emptyBytes) / AGENTS;
  await store.fill('few', 100);

  const run = (count: number, inFlight: number, queueId: string) => async () => {
    const figures = await measured({ count, inFlight }, () => store.claim(queueId), redisPid);
    await store.releaseAll();
    return figures;
  };
  const looped = (count: number, inFlight: number) => async () => {
    await loop.fill(AGENTS);
    return measured({ count, inFlight }, () => loop.claim(), redisPid);
  };
  const byScript = await rounds(roundCount, {
    'one script, 1 in flight': run(2000, 1, 'many'),
    'one script, 64 in flight': run(8000, 64, 'many'),
  });
  const bySize = await rounds(roundCount * 10, { '100': run(90, 1, 'few'), '10,000': run(90, 1, 'many') });
  const beside = await besideEvents(store, seconds);
  // The loop runs last and does not alternate with the script. The garbage of its automatic
  // pipelines stops the process for 15 to 50 ms at a time.
  const byLoop = await rounds(roundCount, {
    'the loop, 1 in flight': looped(1000, 1),
    'the loop, 64 in flight': looped(640, 64),
  });
  const figures: AgentFigures = { claims: { ...byScript, ...byLoop }, bySize, beside, bytesPerAgent };
  console.log(JSON.stringify(figures));
  process.exit(0);
}

const [url = '', roundCount = '5', seconds = '4'] = process.argv.slice(2);
await main(url, Number(roundCount), Number(seconds));
