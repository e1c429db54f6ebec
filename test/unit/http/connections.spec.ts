import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SystemClock } from '../../../src/kernel/clock.js';
import { Connections, type ConnectionLimits } from '../../../src/platform/http/connections.js';
import { eventually } from '../../support/eventually.js';
import { listenPrivately } from '../../support/private-port.js';
import { head, RawConnection } from '../../support/raw-connection.js';

const LIMITS: ConnectionLimits = {
  maxStrangers: 3,
  maxUnanswered: 2,
  maxPipelined: 5,
  unreadAfterMs: 2000,
  checkEveryMs: 50,
};
/** More than the buffers of both operating systems hold. */
const LARGE = Buffer.alloc(16 * 1024 * 1024);

let server: Server;
let url: string;
let connections: Connections;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const ended: IncomingMessage[] = [];
const refused: IncomingMessage[] = [];
const open: RawConnection[] = [];

beforeEach(async () => {
  connections = new Connections(new SystemClock());
  ended.length = 0;
  refused.length = 0;
  answer = (_request, response) => response.end('answered');
  server = createServer((request, response) => {
    response.on('close', () => end(request));
    if (connections.requestStarted(request)) answer(request, response);
    else refused.push(request);
  });
  connections.watch(server, end, LIMITS);
  url = `http://127.0.0.1:${await listenPrivately(server)}`;
});
afterEach(async () => {
  for (const connection of open.splice(0)) connection.end();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Ends a request once, as the request context does. */
function end(request: IncomingMessage): void {
  if (ended.includes(request)) return;
  ended.push(request);
  connections.requestEnded(request);
}

async function dial(bytes = ''): Promise<RawConnection> {
  const connection = new RawConnection(url);
  open.push(connection);
  await connection.send(bytes);
  return connection;
}

const GET = head('GET', '/');
const closedOf = (all: readonly RawConnection[]): boolean[] => all.map(({ closed }) => closed);

describe('Connections', () => {
  it('ends every request of a connection that closes, also those behind an unanswered one', async () => {
    let arrived = 0;
    answer = () => void (arrived += 1);
    const connection = await dial(GET.repeat(4));
    await eventually(() => expect(arrived).toBe(4));
    connection.end();
    await eventually(() => expect(ended).toHaveLength(4));
  });

  it('closes the connection whose pipelined requests exceed the limit, and no other', async () => {
    answer = () => undefined;
    const modest = await dial(GET.repeat(2));
    const greedy = await dial(GET.repeat(20));
    await eventually(() => expect(greedy.closed).toBe(true));
    // Two of 20 requests are normal, five more fit, and the others have come with them.
    expect(refused.length).toBe(13);
    expect(modest.closed).toBe(false);
    answer = (_request, response) => response.end('answered');
    const next = await dial(GET.repeat(5));
    expect(await next.answers(5)).toEqual([200, 200, 200, 200, 200]);
  });

  it('closes the oldest connection without a known caller above the limit', async () => {
    answer = (request, response) => {
      if (request.url === '/known') connections.callerKnown(request);
      response.end('answered');
    };
    const known = await dial(head('GET', '/known'));
    await known.answers(1);
    const strangers: RawConnection[] = [];
    for (let dialled = 0; dialled < 5; dialled += 1) {
      const stranger = await dial(GET);
      await stranger.answers(1);
      strangers.push(stranger);
    }
    await eventually(() => expect(closedOf(strangers)).toEqual([true, true, false, false, false]));
    expect(known.closed).toBe(false);
  });

  it('closes a connection whose answers are not read, and none that reads them', async () => {
    answer = (_request, response) => response.end(LARGE);
    const unread = await dial();
    unread.stopReading();
    await unread.send(GET);
    await eventually(() => expect(ended).toHaveLength(1));
    const reader = await dial(GET);
    await reader.answers(1);
    // The reader must read 16 MiB within `unreadAfterMs`.
    await eventually(() => expect(reader.received.length).toBeGreaterThan(LARGE.length), { withinMs: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, LIMITS.unreadAfterMs + 2 * LIMITS.checkEveryMs));
    expect(reader.closed).toBe(false);
  });
});
