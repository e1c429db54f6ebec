import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AnswerBatch } from '../../../src/platform/http/fast/answer-batch.js';
import { PreparedAnswer } from '../../../src/platform/http/fast/prepared-answer.js';

const answer = (id: string): PreparedAnswer => new PreparedAnswer(200, `{"id":"${id}"}`, 'HIT');

let server: Server;
afterEach(() => {
  server.close();
});

async function listen(handle: RequestListener): Promise<number> {
  server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Sends the requests in one packet on one connection, and returns everything that comes back. */
async function pipelined(port: number, paths: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const requests = paths.map((path, at) => {
    const close = at === paths.length - 1 ? 'Connection: close\r\n' : '';
    return `GET ${path} HTTP/1.1\r\nHost: test\r\n${close}\r\n`;
  });
  socket.write(requests.join(''));
  return text(socket);
}

describe('an answer batch', () => {
  it('sends every answer, in order, when the turn of the event loop ends', async () => {
    const batch = new AnswerBatch();
    const sentAtOnce: boolean[] = [];
    const port = await listen((request, response) => {
      batch.send(answer(request.url ?? ''), response, 'id');
      sentAtOnce.push(response.headersSent);
    });
    const received = await pipelined(port, ['/1', '/2', '/3']);

    expect([...received.matchAll(/\{"id":"(.*?)"\}/g)].map(([, id]) => id)).toEqual(['/1', '/2', '/3']);
    expect(sentAtOnce).toEqual([false, false, false]);
  });

  it('sends the answers at once when 16 are waiting', async () => {
    const batch = new AnswerBatch();
    const sentAtOnce: boolean[] = [];
    const port = await listen((request, response) => {
      batch.send(answer(request.url ?? ''), response, 'id');
      sentAtOnce.push(response.headersSent);
    });
    const paths = Array.from({ length: 20 }, (_, at) => `/${at}`);
    const received = await pipelined(port, paths);

    expect(received.match(/HTTP\/1.1 200/g)).toHaveLength(20);
    expect(sentAtOnce.indexOf(true)).toBe(15);
  });

  it('sends the other answers when a caller has closed its connection, or has got another answer', async () => {
    const batch = new AnswerBatch();
    const port = await listen((request, response) => {
      batch.send(answer(request.url ?? ''), response, 'id');
      if (request.url === '/closed') response.destroy();
      if (request.url === '/answered') response.writeHead(500).end();
    });
    const [closed, answered, other] = await Promise.all(
      ['/closed', '/answered', '/other'].map((path) => pipelined(port, [path]).catch(() => 'reset')),
    );

    expect(closed).not.toContain('200');
    expect(answered).toContain('HTTP/1.1 500');
    expect(other).toContain('{"id":"/other"}');
  });
});
