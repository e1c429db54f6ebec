import axios, { isAxiosError, type AxiosInstance } from 'axios';
import http from 'node:http';
import https from 'node:https';
import type { PeerConfig } from '../../config/sections/regions.js';
import { API_KEY_HEADER } from '../../contracts/headers.js';
import { CircuitBreaker } from '../../kernel/circuit-breaker.js';
import type { Clock } from '../../kernel/clock.js';
import { RemoteFailure } from './remote-answer.js';

/** Connections to one region: at 200 ms of round trip, 1,280 requests a second. */
const MAX_CONNECTIONS = 256;
/** An answer that lists 500 agents has about 200 KB. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Load balancers drop idle connections without closing them. */
const IDLE_MS = 30_000;

/** The connections to another region, and their circuit breaker. */
export interface PeerLine {
  /** Keeps connections open. */
  readonly client: AxiosInstance;
  /** Opens a new connection for each request. */
  readonly fresh: AxiosInstance;
  readonly breaker: CircuitBreaker;
  close(): void;
}

export function peerLine(peer: PeerConfig, clock: Clock): PeerLine {
  const kept = agentFor(peer.url, {
    ...{ keepAlive: true, maxSockets: MAX_CONNECTIONS, scheduling: 'lifo', timeout: IDLE_MS },
  });
  const single = agentFor(peer.url, { keepAlive: false });
  return {
    client: clientOf(peer, kept),
    fresh: clientOf(peer, single),
    breaker: new CircuitBreaker(clock, Math.random),
    close: () => {
      kept.destroy();
      single.destroy();
    },
  };
}

function clientOf({ url, apiKey }: PeerConfig, agent: http.Agent): AxiosInstance {
  return axios.create({
    baseURL: url.replace(/\/+$/, ''),
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', [API_KEY_HEADER]: apiKey },
    ...{ httpAgent: agent, httpsAgent: agent, proxy: false, maxRedirects: 0, maxContentLength: MAX_ANSWER_BYTES },
    responseType: 'text',
    transformResponse: (text: unknown) => text,
    validateStatus: () => true,
  });
}

function agentFor(url: string, options: http.AgentOptions): http.Agent {
  // An environment variable of Node must not allow a certificate that is not valid.
  const strict = { minVersion: 'TLSv1.2', rejectUnauthorized: true } as const;
  return url.startsWith('https:') ? new https.Agent({ ...options, ...strict }) : new http.Agent(options);
}

/** @param signal aborts at the end of the time */
export function asRemoteFailure(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof RemoteFailure) return error;
  if (signal.aborted) return new RemoteFailure('timeout');
  if (!isAxiosError(error)) return error;
  // axios gives an answer above the limit and a body that breaks off the same code.
  const isTooLarge = error.message.includes('maxContentLength');
  return new RemoteFailure(isTooLarge ? 'bad_answer' : 'connection_lost');
}
