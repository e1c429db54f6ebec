import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { API_KEY } from '../support/declaration.ts';
import type { Row } from './rows.ts';

/** The result of one caller's request. */
export interface Fare {
  /** Since the start of the row. */
  readonly askedAtMs: number;
  readonly ivr: boolean;
  readonly withData: boolean;
  readonly tookMs: number;
}

const IVR_SHARE = 0.3;
const TICK_MS = 4;
/**
 * The gateways of a platform keep their connections open. A burst of new connections would overflow
 * the listen queue, and TCP would add seconds.
 */
const CONNECTIONS = 400;
/** The longest wait for an answer. A request without an answer counts as answered at this time. */
const GIVES_UP_MS = 15_000;

/**
 * Sends requests at random times, independent of earlier answers. Every compared service gets the
 * same requests.
 *
 * @param services the URLs of the processes of each service. A random process gets the request.
 */
export async function crowd(row: Row, forMs: number, services: readonly (readonly string[])[]): Promise<Fare[][]> {
  const agents = services.map(() => new Agent({ keepAlive: true, maxSockets: CONNECTIONS }));
  const fares: Promise<Fare>[][] = services.map(() => []);
  const startMs = performance.now();
  let due = 0;
  let customer = 0;
  for (let lastMs = 0; lastMs < forMs;) {
    await delay(TICK_MS);
    const nowMs = performance.now() - startMs;
    due += poisson((row.wanted(nowMs / forMs) * (nowMs - lastMs)) / 1000);
    lastMs = nowMs;
    for (; due > 0; due--) {
      const ivr = Math.random() < IVR_SHARE;
      customer++;
      for (const [at, urls] of services.entries()) fares[at]?.push(ask(oneOf(urls), agents[at], ivr, customer, nowMs));
    }
  }
  const all = await Promise.all(fares.map((one) => Promise.all(one)));
  for (const agent of agents) agent.destroy();
  return all;
}

function oneOf(urls: readonly string[]): string {
  return urls[Math.floor(Math.random() * urls.length)] ?? '';
}

function poisson(mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = Math.random(); product > limit; product *= Math.random()) count++;
  return count;
}

function ask(url: string, agent: Agent | undefined, ivr: boolean, customer: number, askedAtMs: number): Promise<Fare> {
  const body = JSON.stringify({ ani: `+1555${String(customer).padStart(4, '0')}` });
  const headers = { 'x-api-key': API_KEY, 'content-type': 'application/json', 'content-length': body.length };
  const sentAtMs = performance.now();
  return new Promise((resolve) => {
    const settle = (text: string): void => {
      const withData = text.includes('"contactFound":true');
      resolve({ askedAtMs, ivr, withData, tookMs: performance.now() - sentAtMs });
    };
    const path = `${url}/lookup/${ivr ? 'customer' : 'screen'}`;
    const sent = request(path, { method: 'POST', agent, headers, timeout: GIVES_UP_MS }, (response) => {
      let text = '';
      response.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => settle(text)).on('error', () => settle(''));
    });
    sent.on('error', () => settle('')).on('timeout', () => sent.destroy());
    sent.end(body);
  });
}
