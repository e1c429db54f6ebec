/**
 * Callers at a steady rate, independent of the answers. The latency of a request counts from its
 * scheduled time. The process prints one line of JSON.
 *
 * Arguments: `dip` or `event`, port, API key, requests per second, seconds, first and
 * last customer.
 */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { aniOf } from './support/ask.ts';
import { quantile } from './support/numbers.ts';

const CONNECTIONS = 64;
const TICK_MS = 1;

export interface PacedFigures {
  readonly sentPerS: number;
  readonly answeredPerS: number;
  /** Answers with another status than 200. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Question {
  readonly path: string;
  readonly body: string;
}

const [kind, port, apiKey = '', perS, seconds, first, last] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const took: number[] = [];
let failed = 0;

function questionOf(customer: number): Question {
  if (kind === 'dip') return { path: '/lookup/customer', body: JSON.stringify({ ani: aniOf(customer) }) };
  const event = { customerId: `c-${customer}`, tenantId: '10001', eventId: `${customer}-${performance.now()}` };
  return { path: '/webhook/customer-updated', body: JSON.stringify(event) };
}

function send({ path, body }: Question, dueAtMs: number): Promise<void> {
  const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-api-key': apiKey };
  return new Promise((resolve) => {
    const ended = (ok: boolean): void => {
      took.push(performance.now() - dueAtMs);
      if (!ok) failed++;
      resolve();
    };
    request(
      { agent, host: '127.0.0.1', port: Number(port), path, method: 'POST', headers, timeout: 10_000 },
      (answer) => {
        answer.resume().once('end', () => ended(answer.statusCode === 200));
      },
    )
      .once('error', () => ended(false))
      .end(body);
  });
}

const [rate, customers] = [Number(perS) / 1000, Number(last) - Number(first) + 1];
const total = Math.round(rate * Number(seconds) * 1000);
const startedAtMs = performance.now();
const asked: Promise<void>[] = [];
while (asked.length < total) {
  const dueUntilMs = performance.now() - startedAtMs;
  while (asked.length < total && asked.length / rate <= dueUntilMs) {
    const dueAtMs = startedAtMs + asked.length / rate;
    asked.push(send(questionOf(Number(first) + (asked.length % customers)), dueAtMs));
  }
  await delay(TICK_MS);
}
const sentInMs = performance.now() - startedAtMs;
await Promise.all(asked);
const answeredInMs = performance.now() - startedAtMs;
const figures: PacedFigures = {
  sentPerS: (total / sentInMs) * 1000,
  answeredPerS: (total / answeredInMs) * 1000,
  failed,
  p50Ms: quantile(took, 0.5),
  p99Ms: quantile(took, 0.99),
};
console.log(JSON.stringify(figures));
process.exit(0);
