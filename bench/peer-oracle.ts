/**
 * The peer of the spike: a limiter that receives the capacity of the origin. It stores nothing,
 * checks no caller and does not search. So it shows the result of a perfect search.
 *
 * Environment: PORT, ORIGIN_URL, KNEE. `PUT /knee` with a number sets the new capacity.
 */
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

const QUEUE_MS = 250;
const DEADLINE_MS = 2500;

interface Waiter {
  readonly untilMs: number;
  readonly go: () => void;
  readonly leave: () => void;
}

const origin = process.env.ORIGIN_URL ?? '';
const agent = new Agent({ keepAlive: true });
const waiting: Waiter[] = [];
let knee = Number(process.env.KNEE);
let inFlight = 0;

function answer(response: ServerResponse, contactFound: boolean): void {
  if (!response.writableEnded)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ contactFound }));
}

function call(ani: string, response: ServerResponse): void {
  inFlight++;
  const late = setTimeout(() => answer(response, false), DEADLINE_MS);
  const path = `${origin}/api/v2/customers?phone=${encodeURIComponent(ani)}`;
  request(path, { agent }, (incoming) => {
    incoming.resume().on('end', () => {
      clearTimeout(late);
      answer(response, incoming.statusCode === 200);
      inFlight--;
      serve();
    });
  }).end();
}

function serve(): void {
  while (inFlight < knee) {
    const next = waiting.shift();
    if (next === undefined) return;
    if (performance.now() <= next.untilMs) next.go();
    else next.leave();
  }
}

function take(ivr: boolean, ani: string, response: ServerResponse): void {
  if (inFlight < knee && waiting.length === 0) call(ani, response);
  else if (!ivr) answer(response, false);
  else {
    waiting.push({
      untilMs: performance.now() + QUEUE_MS,
      go: () => call(ani, response),
      leave: () => answer(response, false),
    });
  }
}

/** Waiters whose time is over are answered even if no call ends. */
setInterval(() => {
  while (waiting[0] !== undefined && waiting[0].untilMs < performance.now()) waiting.shift()?.leave();
}, 10).unref();

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return text;
}

createServer((incoming, response) => {
  void bodyOf(incoming).then((body) => {
    if (incoming.method === 'PUT') {
      knee = Number(body);
      serve();
      answer(response, true);
    } else take(incoming.url === '/lookup/customer', (JSON.parse(body) as { ani: string }).ani, response);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
