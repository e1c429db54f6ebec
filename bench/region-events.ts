/**
 * Sends events about agents to one region at a steady rate, and measures when every twentieth
 * becomes visible in the stores of the other regions. Prints one line of JSON.
 *
 * Arguments: port, API key, events per second, seconds, Redis ports of the other regions.
 */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { quantile } from './support/numbers.ts';

const CONNECTIONS = 64;
const TICK_MS = 1;
const SAMPLED = 20;
/** A sampled event that takes longer counts as not seen. */
const SEEN_WITHIN_MS = 20_000;
/** Agents of the events that are not sampled. */
const AGENTS = 10_000;

export interface EventFigures {
  readonly acceptedPerS: number;
  readonly failed: number;
  /** From the request until the event is in both other stores. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly notSeen: number;
}

const [port, apiKey = '', perS, seconds, ...redisPorts] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const stores = redisPorts.map((redisPort) => new Redis(Number(redisPort), '127.0.0.1', { enableAutoPipelining: true }));
const visible: number[] = [];
let failed = 0;
let notSeen = 0;
let lastAnswerAtMs = 0;

function send(agentId: string, number: number): Promise<void> {
  const event = { event_id: `${agentId}-${number}`, timestamp: Date.now(), agent_id: agentId, status: 'AVAILABLE' };
  const body = JSON.stringify({ ...event, region_source: 'us', tenant_id: '10001' });
  const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-api-key': apiKey };
  return new Promise((resolve) => {
    const ended = (ok: boolean): void => {
      if (!ok) failed++;
      lastAnswerAtMs = performance.now();
      resolve();
    };
    const path = '/events/agent-status';
    request(
      { agent, host: '127.0.0.1', port: Number(port), path, method: 'POST', headers, timeout: 10_000 },
      (answer) => {
        answer.resume().once('end', () => ended(answer.statusCode === 202));
      },
    )
      .once('error', () => ended(false))
      .end(body);
  });
}

async function sample(agentId: string, number: number): Promise<void> {
  const sentAtMs = performance.now();
  const sending = send(agentId, number);
  const seen = await Promise.all(stores.map((store) => untilSeen(store, agentId, sentAtMs)));
  await sending;
  if (seen.includes(false)) notSeen++;
  else visible.push(performance.now() - sentAtMs);
}

async function untilSeen(store: Redis, agentId: string, sentAtMs: number): Promise<boolean> {
  while (performance.now() - sentAtMs < SEEN_WITHIN_MS) {
    if ((await store.exists(`agent:{10001}:${agentId}`)) === 1) return true;
    await delay(1);
  }
  return false;
}

const rate = Number(perS) / 1000;
const total = Math.round(rate * Number(seconds) * 1000);
const run = `${process.pid}`;
const startedAtMs = performance.now();
const asked: Promise<void>[] = [];
while (asked.length < total) {
  const dueUntilMs = performance.now() - startedAtMs;
  while (asked.length < total && asked.length / rate <= dueUntilMs) {
    const number = asked.length;
    const isSampled = number % SAMPLED === 0;
    asked.push(isSampled ? sample(`s-${run}-${number}`, number) : send(`a-${number % AGENTS}`, number));
  }
  await delay(TICK_MS);
}
await Promise.all(asked);
const figures: EventFigures = {
  acceptedPerS: ((total - failed) / (lastAnswerAtMs - startedAtMs)) * 1000,
  ...{ failed, notSeen },
  p50Ms: quantile(visible, 0.5),
  p99Ms: quantile(visible, 0.99),
};
console.log(JSON.stringify(figures));
process.exit(0);
