import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/config.js';
import { entryInputs } from '../config/sections/lookups/key-inputs.js';
import type { KeyKind, LookupConfig } from '../config/sections/lookups/lookup-config.js';
import { API_KEY_HEADER } from '../contracts/headers.js';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { Redis } from '../platform/redis/redis.js';
import { requestItself } from './self-requests.js';
import { WarmUpLoader } from './warm-up-loader.js';

/** Calls `send` with an API key of the warm-up caller, and revokes the key afterwards. */
export type WithWarmUpKey = (send: (key: string) => Promise<void>) => Promise<void>;

/**
 * Declares the warm-up step `code`. The process sends lookup requests to itself, through a real
 * socket, until the engine has compiled the code of a data dip.
 *
 * Without the step, the first herd of 5,000 callers after a start was answered in 2,904 ms. The
 * next two herds took 2,333 and 2,206 ms (bench `herd`).
 *
 * Guarantees:
 * - The requests call no origin and read no entry of a customer.
 * - The requests change no metric except the gauge of requests in flight, write no log line, and
 *   leave nothing in the store.
 */
export function warmUpBeforeReady(app: NestExpressApplication, config: Config, withWarmUpKey: WithWarmUpKey): void {
  const lifecycle = app.get(Lifecycle);
  const sendRequests = async (): Promise<void> => {
    await app.get(Redis).connected();
    if (lifecycle.state !== 'starting') return;
    try {
      await withWarmUpKey((key) => sendLookups(app, config, key));
    } finally {
      await app.get(WarmUpLoader).end();
    }
  };
  lifecycle.beforeReady('code', sendRequests, 'code');
}

async function sendLookups(app: NestExpressApplication, { lookups, host }: Config, key: string): Promise<void> {
  const [lookup] = lookups.values();
  if (lookup === undefined) return;
  await requestItself({
    port: (app.getHttpServer().address() as AddressInfo).port,
    host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host,
    path: `/lookup/${encodeURIComponent(lookup.name)}`,
    headers: { [API_KEY_HEADER]: key, 'content-type': 'application/json' },
    body: (herd) => JSON.stringify(inputsOf(lookup, herd)),
  });
}

/** Inputs that no customer has, different ones for each herd. */
function inputsOf({ key: [first] }: LookupConfig, herd: number): Record<string, string> {
  const inputs = first === undefined ? [] : entryInputs(first);
  return Object.fromEntries(inputs.map(({ input, kind }) => [input, valueOf(kind, String(1_000_000 + herd))]));
}

function valueOf(kind: KeyKind, number: string): string {
  switch (kind) {
    case 'phone':
      return `+999${number}`;
    case 'email':
      return `${number}@warm-up.invalid`;
    case 'id':
      return number;
  }
}
