import { originReadOf, valueOf } from './dips.ts';
import type { Arrival } from './arrivals.ts';

/** Every outcome of a call, in the order of the table and of the picture. */
export const OUTCOMES = ['real', 'stale', 'degraded', 'late', 'failed'] as const;

/**
 * - `real`: the data of the origin, loaded now or fresh from the cache
 * - `stale`: older data of the origin
 * - `degraded`: the declared defaults
 * - `late`: no answer within the patience of a flow
 * - `failed`: an error or a broken connection
 */
export type Outcome = (typeof OUTCOMES)[number];

/** Where the calls of a run go, and how to read the answers. */
export interface Door {
  requestOf(arrival: Arrival): DoorRequest;
  outcomeOf(status: number, text: string): Outcome;
}

interface DoorRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The callers ask the service. */
export function shieldDoor(serviceUrl: string, apiKey: string): Door {
  const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
  return {
    requestOf: ({ dip, caller }) => {
      const body = JSON.stringify(Object.fromEntries(dip.inputs.map((one) => [one.input, valueOf(one, caller)])));
      return { method: 'POST', url: `${serviceUrl}/lookup/${dip.lookup}`, body, headers };
    },
    outcomeOf: (status, text) => (status === 200 ? outcomeOfSource(text) : 'failed'),
  };
}

/** The callers ask the systems of record, as a flow without a middleware does. */
export function originDoor(systemUrls: ReadonlyMap<string, string>): Door {
  return {
    requestOf: ({ dip, caller }) => {
      const { path, query } = originReadOf(dip);
      const pairs = new URLSearchParams();
      for (const [name, input] of query) pairs.set(name, valueOf(input, caller));
      const url = `${systemUrls.get(dip.system)}${path}?${pairs.toString()}`;
      return { method: 'GET', url, headers: {} };
    },
    outcomeOf: (status) => (status === 200 ? 'real' : 'failed'),
  };
}

function outcomeOfSource(text: string): Outcome {
  const [, source] = /"source":"(\w+)"/.exec(text) ?? [];
  if (source === 'cache' || source === 'origin') return 'real';
  if (source === 'stale') return 'stale';
  return source === undefined ? 'failed' : 'degraded';
}
