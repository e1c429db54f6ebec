/**
 * Callers that ask a lookup for a different number each, at the same time, each on a
 * separate connection. A program apart from the test, so that the work of the callers does not
 * delay the answers. All connections are open before the first request is sent. It prints one line
 * of JSON: `RushFigures`.
 *
 * Arguments: the port of Datadip, the number of callers, and the lookup.
 */
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Fewer than a server's backlog, so that no connection is dropped and dialled again. */
const DIALLED_AT_A_TIME = 100;
const ANSWERED_WITHIN_MS = 60_000;

export interface RushFigures {
  /** How many answers of each status, source and error. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** From the first byte of the request to the last byte of the answer, as the callers see it. */
  readonly slowestMs: number;
  /** The largest `latencyMs`: from the arrival of the request, as the service sees it. */
  readonly slowestLatencyMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Answer {
  readonly source: string;
  readonly error: string;
  readonly latencyMs: number;
}

interface Outcome {
  readonly word: string;
  readonly tookMs: number;
  readonly latencyMs: number;
}

const [port, callers, lookup = ''] = process.argv.slice(2);

async function dial(port: number, callers: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < callers) {
    const missing = Math.min(DIALLED_AT_A_TIME, callers - sockets.length);
    const dialled = Array.from({ length: missing }, () => connect(port, '127.0.0.1'));
    await Promise.all(dialled.map((socket) => once(socket, 'connect')));
    sockets.push(...dialled);
  }
  return sockets;
}

function ask(socket: Socket, caller: number): Promise<Outcome> {
  const sentAtMs = performance.now();
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => socket;
  const path = `/lookup/${lookup}?ani=%2B1555${String(1_000_000 + caller)}`;
  return new Promise((resolve) => {
    const settle = (word: string, latencyMs = 0): void => {
      resolve({ word, latencyMs, tookMs: performance.now() - sentAtMs });
      socket.destroy();
    };
    const call = get({ agent, path, timeout: ANSWERED_WITHIN_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const { source = '', error = '', latencyMs = 0 } = JSON.parse(text) as Partial<Answer>;
        settle(`${response.statusCode} ${source} ${error}`.trim(), latencyMs);
      });
    });
    call.on('timeout', () => settle('timeout'));
    call.on('error', () => settle('error'));
  });
}

function figures(outcomes: readonly Outcome[]): RushFigures {
  const took = outcomes.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const counts: Record<string, number> = {};
  for (const { word } of outcomes) counts[word] = (counts[word] ?? 0) + 1;
  return {
    outcomes: counts,
    slowestMs: took.at(-1) ?? 0,
    slowestLatencyMs: Math.max(...outcomes.map(({ latencyMs }) => latencyMs)),
    p50Ms: took[Math.floor(took.length * 0.5)] ?? 0,
    p99Ms: took[Math.floor(took.length * 0.99)] ?? 0,
  };
}

const sockets = await dial(Number(port), Number(callers));
const asked = sockets.map(ask);
console.log(JSON.stringify(figures(await Promise.all(asked))));
