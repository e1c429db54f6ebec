/**
 * Callers that ask a lookup for a different number each, at the same time, each on a
 * separate connection. A program apart from the test, so that the work of the callers does not
 * delay the answers. All connections are open before the first request is sent. It prints one line
 * of JSON: `RushFigures`.
 *
 * Arguments: the port of Datadip, the number of callers, and the lookup.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Fewer than a server's backlog, so that no connection is dropped and dialled again. */
const DIALLED_AT_A_TIME = 100;
const ANSWERED_WITHIN_MS = 60_000;

export interface RushFigures {
  /** How many answers of each status, source and error. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** From the first byte of the request to the last byte of the answer, as the callers see it. */
  readonly slowestMs: number;
  /** The longest time in which the callers could not read an answer. */
  readonly stalledMs: number;
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

/** Writes the request as text: an HTTP client costs the callers more than the service needs. */
function ask(socket: Socket, caller: number): Promise<Outcome> {
  const sentAtMs = performance.now();
  const path = `/lookup/${lookup}?ani=%2B1555${String(1_000_000 + caller)}`;
  return new Promise((resolve) => {
    let text = '';
    const settle = (word: string, latencyMs = 0): void => {
      resolve({ word, latencyMs, tookMs: performance.now() - sentAtMs });
      socket.destroy();
    };
    socket.setTimeout(ANSWERED_WITHIN_MS, () => settle('timeout'));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => settle('error'));
    socket.on('end', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      const answer = answerIn(body);
      const { source = '', error = '', latencyMs = 0 } = answer ?? {};
      const word = `${head.split(' ')[1] ?? ''} ${source} ${error}`.trim();
      settle(answer === undefined ? 'unreadable' : word, latencyMs);
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: datadip\r\nConnection: close\r\n\r\n`);
  });
}

function answerIn(body: string): Partial<Answer> | undefined {
  try {
    return JSON.parse(body) as Partial<Answer>;
  } catch {
    return undefined;
  }
}

function figures(outcomes: readonly Outcome[]): RushFigures {
  const took = outcomes.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const counts: Record<string, number> = {};
  for (const { word } of outcomes) counts[word] = (counts[word] ?? 0) + 1;
  return {
    outcomes: counts,
    slowestMs: took.at(-1) ?? 0,
    stalledMs: stalls.max / 1e6,
    slowestLatencyMs: Math.max(...outcomes.map(({ latencyMs }) => latencyMs)),
    p50Ms: took[Math.floor(took.length * 0.5)] ?? 0,
    p99Ms: took[Math.floor(took.length * 0.99)] ?? 0,
  };
}

const sockets = await dial(Number(port), Number(callers));
const stalls = monitorEventLoopDelay({ resolution: 10 });
stalls.enable();
const asked = sockets.map(ask);
console.log(JSON.stringify(figures(await Promise.all(asked))));
