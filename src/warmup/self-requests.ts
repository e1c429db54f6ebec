import { Agent, request } from 'node:http';
import { processorMs, repeatWhileFaster } from '../kernel/repeat-while-faster.js';

/**
 * Connections in use at the same time. The requests on them ask for the same entry, like a herd.
 */
const CONNECTIONS = 12;
/** New connections after this number of requests, because a herd arrives on new connections. */
const REQUESTS_PER_CONNECTION = 4;
const MAX_ROUNDS = 20;
/** A slow machine sends fewer requests, so that its start does not take longer. */
const MAX_DURATION_MS = 1000;
const TIMEOUT_MS = 2000;

/** A request of this process to itself, over a real socket. */
export interface SelfRequest {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** @param herd the requests of one herd have the same body */
  readonly body: (herd: number) => string;
}

/**
 * Sends requests to this process until a further round is not faster. The first caller then does
 * not wait for code to be compiled. Rejects when a request is not answered within `TIMEOUT_MS`.
 */
export async function requestItself(self: SelfRequest): Promise<void> {
  let herd = 0;
  const round = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    try {
      await Promise.all(Array.from({ length: CONNECTIONS }, () => sendInSequence(self, agent, herd)));
    } finally {
      agent.destroy();
    }
    herd += REQUESTS_PER_CONNECTION;
  };
  const nowMs = (): number => performance.now();
  await repeatWhileFaster(round, { maxRounds: MAX_ROUNDS, maxMs: MAX_DURATION_MS, nowMs, spentMs: processorMs });
}

async function sendInSequence(self: SelfRequest, agent: Agent, herd: number): Promise<void> {
  for (let at = 0; at < REQUESTS_PER_CONNECTION; at++) await send(self, agent, herd + at);
}

function send({ port, host, path, headers, body }: SelfRequest, agent: Agent, herd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host, port, path, method: 'POST', headers, timeout: TIMEOUT_MS }, (response) => {
      response.resume().once('end', resolve).once('error', reject);
    });
    sent.once('timeout', () => sent.destroy(new Error('warm-up request timed out'))).once('error', reject);
    sent.end(body(herd));
  });
}
