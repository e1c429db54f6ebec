import * as http from 'node:http';
import * as https from 'node:https';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { Arrival } from './arrivals.ts';
import type { Door, Outcome } from './doors.ts';
import type { Tally } from './tally.ts';

/** The deadline of a dip, and the time that its answer may take to arrive. */
const PATIENCE_MS = 2550;
const TICK_MS = 1;
/** A generator that is behind still reads answers after this many starts. */
const STARTS_PER_TURN = 32;

/**
 * Sends every call when it is due, whatever happened to earlier calls (an open model). The time of
 * a call counts from the moment when it was due.
 *
 * Guarantees: each call ends after `PATIENCE_MS`, with its connection closed, so the calls in
 * flight are bounded by the rate.
 */
export async function sendAll(calls: Iterable<Arrival>, door: Door, tally: Tally): Promise<void> {
  const agents = { 'http:': new http.Agent(AGENT), 'https:': new https.Agent(AGENT) };
  const startedAtMs = performance.now();
  let open = 0;
  let started = 0;
  let ended = noneOpen();
  for (const arrival of calls) {
    const dueAtMs = startedAtMs + arrival.dueMs;
    while (performance.now() < dueAtMs) await delay(TICK_MS);
    if (++started % STARTS_PER_TURN === 0) await turn();
    tally.countStart(performance.now() - dueAtMs);
    if (open++ === 0) ended = noneOpen();
    ask(door, arrival, agents, dueAtMs, (outcome) => {
      tally.countEnd(arrival.dueMs, outcome, performance.now() - dueAtMs);
      if (--open === 0) ended.resolve(undefined);
    });
  }
  if (open > 0) await ended.promise;
  for (const agent of Object.values(agents)) agent.destroy();
}

function noneOpen(): PromiseWithResolvers<undefined> {
  return Promise.withResolvers();
}

/** A platform opens as many connections as it has callers, and keeps them open. */
const AGENT = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY } as const;

type Agents = Readonly<{ 'http:': http.Agent; 'https:': https.Agent }>;

function ask(door: Door, arrival: Arrival, agents: Agents, dueAtMs: number, onEnd: (outcome: Outcome) => void): void {
  const { url, method, body, headers } = door.requestOf(arrival);
  const isTls = url.startsWith('https:');
  const options = { method, headers, agent: isTls ? agents['https:'] : agents['http:'] };
  const request = (isTls ? https : http).request(url, options);
  let ended = false;
  const end = (outcome: Outcome): void => {
    if (ended) return;
    ended = true;
    clearTimeout(patience);
    onEnd(outcome);
  };
  const patience = setTimeout(
    () => {
      end('late');
      request.destroy();
    },
    Math.max(0, dueAtMs + PATIENCE_MS - performance.now()),
  );
  request.on('error', () => end('failed'));
  request.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('error', () => end('failed')).on('close', () => end('failed'));
    response.on('end', () => end(door.outcomeOf(response.statusCode ?? 0, text)));
  });
  request.end(body);
}
