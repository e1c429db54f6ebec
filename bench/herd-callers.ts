/**
 * Thousands of callers request the same customer at the same time, each on a separate connection.
 * All connections are open before the first request is sent. The process prints one line of JSON.
 *
 * Arguments: the number of callers, the customer's number, the API key, and the ports. The callers
 * are distributed over the ports.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { aniOf } from './support/ask.ts';
import { quantile } from './support/numbers.ts';

/** Fewer than a server's backlog, so that no connection is dropped and dialled again. */
const DIALLED_AT_A_TIME = 100;
const ANSWERED_WITHIN_MS = 20_000;

export interface HerdFigures {
  readonly answered: number;
  /** Answers with data of the customer. */
  readonly withData: number;
  /** How many answers of each status and `X-Cache`, and how many of none. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly sentWithinMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
}

interface Outcome {
  readonly word: string;
  readonly withData: boolean;
  readonly tookMs: number;
}

async function dial(callers: number, ports: readonly number[]): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < callers) {
    const missing = Math.min(DIALLED_AT_A_TIME, callers - sockets.length);
    const dialled = Array.from({ length: missing }, (_, at) => connect(ports[at % ports.length] ?? 0, '127.0.0.1'));
    await Promise.all(dialled.map((socket) => once(socket, 'connect')));
    sockets.push(...dialled);
  }
  return sockets;
}

function ask(socket: Socket, request: string): Promise<Outcome> {
  const sentAtMs = performance.now();
  let received = '';
  return new Promise((resolve) => {
    const settle = (word: string, withData: boolean): void => {
      resolve({ word, withData, tookMs: performance.now() - sentAtMs });
      socket.destroy();
    };
    socket.setNoDelay(true).setEncoding('latin1').setTimeout(ANSWERED_WITHIN_MS);
    socket.on('data', (chunk: string) => {
      received += chunk;
      const answer = wholeAnswer(received);
      if (answer !== undefined) settle(answer.word, answer.withData);
    });
    for (const end of ['timeout', 'error', 'close']) socket.once(end, () => settle(end, false));
    socket.write(request);
  });
}

/**
 * Returns `undefined` until head and body are complete. Only an answer of Node's parser to an
 * invalid request has no Content-Length.
 */
function wholeAnswer(received: string): { word: string; withData: boolean } | undefined {
  const headEnds = received.indexOf('\r\n\r\n');
  if (headEnds < 0) return undefined;
  const head = received.slice(0, headEnds);
  const body = received.slice(headEnds + 4);
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  if (body.length < length) return undefined;
  return {
    word: `${head.slice(9, 12)} ${/^x-cache: (\w+)$/im.exec(head)?.[1] ?? ''}`,
    withData: body.includes('"contactFound":true'),
  };
}

function requestOf(customer: number, apiKey: string): string {
  const body = JSON.stringify({ ani: aniOf(customer) });
  const head = ['POST /lookup/customer HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json'];
  return [...head, `X-API-Key: ${apiKey}`, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

function figures(outcomes: readonly Outcome[], sentWithinMs: number): HerdFigures {
  const took = outcomes.map(({ tookMs }) => tookMs);
  const counts: Record<string, number> = {};
  for (const { word } of outcomes) counts[word] = (counts[word] ?? 0) + 1;
  return {
    answered: outcomes.filter(({ word }) => word.startsWith('200')).length,
    withData: outcomes.filter(({ withData }) => withData).length,
    outcomes: counts,
    sentWithinMs,
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
    slowestMs: Math.max(...took),
  };
}

const [callers, customer, apiKey = '', ...ports] = process.argv.slice(2);
const sockets = await dial(Number(callers), ports.map(Number));
const request = requestOf(Number(customer), apiKey);
const startedAtMs = performance.now();
const asked = sockets.map((socket) => ask(socket, request));
const sentWithinMs = performance.now() - startedAtMs;
console.log(JSON.stringify(figures(await Promise.all(asked), sentWithinMs)));
