import { Agent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { API_KEY } from './declaration.ts';

const AT_A_TIME = 64;
const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });

export interface Answer {
  readonly status: number;
  readonly cache: string | undefined;
  readonly body: string;
}

/**
 * The phone number of the sandbox's n-th customer. `wrk.lua` and `herd-callers.ts` spell it the
 * same way.
 */
export function aniOf(n: number): string {
  return `1555${String(n).padStart(4, '0')}`;
}

export async function ask(url: string, n: number): Promise<Answer> {
  const body = JSON.stringify({ ani: aniOf(n) });
  const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-api-key': API_KEY };
  return send(`${url}/lookup/customer`, 'POST', headers, body);
}

/** The same request to the composed lookup. */
export async function askWhole(url: string, n: number): Promise<Answer> {
  const body = JSON.stringify({ ani: aniOf(n) });
  const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-api-key': API_KEY };
  return send(`${url}/lookup/caller`, 'POST', headers, body);
}

/** The same request as a GET, which a caching proxy can store. */
export async function askByGet(url: string, n: number): Promise<Answer> {
  return send(`${url}/lookup/customer?ani=${aniOf(n)}`, 'GET', { 'x-api-key': API_KEY });
}

/** Calls `send` with each of `items`, 64 at a time. */
export async function sendAll<Item>(items: readonly Item[], send: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await send(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

/** Customers 1 to `count`. */
export function customersTo(count: number): number[] {
  return customersBetween(1, count);
}

function customersBetween(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

const PASSES = 20;

/** Requests these customers until each answer is a hit. */
export async function warmFrom(url: string, first: number, last: number): Promise<void> {
  await warmAll(url, customersBetween(first, last));
}

/**
 * Requests customers 1 to `count` until each answer is a hit, and returns the hits in order. On a
 * busy machine some reads of Redis time out. Only their customers are requested again.
 */
export async function warm(url: string, count: number): Promise<Answer[]> {
  const answers = await warmAll(url, customersTo(count));
  return customersTo(count).flatMap((n) => answers.get(n) ?? []);
}

async function warmAll(url: string, customers: readonly number[]): Promise<Map<number, Answer>> {
  const answers = new Map<number, Answer>();
  let missing = customers;
  for (let pass = 1; missing.length > 0; pass++) {
    if (pass > PASSES)
      throw new Error(`${missing.length} of ${customers.length} customers were no hits in any of ${PASSES} passes`);
    await sendAll(missing, async (n) => void answers.set(n, await ask(url, n)));
    missing = missing.filter((n) => !isHit(answers.get(n)));
  }
  return answers;
}

/** Long enough to detect that Redis is available again after a timeout under load. */
const RECOVERS_WITHIN_MS = 5000;

/** Checks every 97th customer, a sample without a common step with the keys of the load. */
export async function verifyHits(url: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 97) await untilHit(url, n);
}

async function untilHit(url: string, n: number): Promise<void> {
  const untilMs = performance.now() + RECOVERS_WITHIN_MS;
  for (;;) {
    const answer = await ask(url, n);
    if (isHit(answer)) return;
    if (performance.now() > untilMs) throw new Error(`customer ${n} is no hit: ${JSON.stringify(answer)}`);
    await delay(100);
  }
}

function isHit(answer: Answer | undefined): boolean {
  return answer?.status === 200 && answer.cache === 'HIT' && answer.body.includes('"contactFound":true');
}

async function send(url: string, method: string, headers: Record<string, string | number>, body = ''): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { agent, method, headers }, resolve).on('error', reject).end(body);
  });
  const { statusCode: status = 0 } = response;
  const outcome = response.headers['x-cache'];
  return { status, cache: typeof outcome === 'string' ? outcome : undefined, body: await text(response) };
}
