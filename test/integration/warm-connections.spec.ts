import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { get } from 'node:http';
import { systemRoute } from '../../src/origins/http/route.js';
import { warmAgent, type WarmAgent } from '../../src/origins/http/warm-agent.js';

let server: Server;
let warm: WarmAgent;
afterEach(() => {
  warm.destroy();
  server.closeAllConnections();
  server.close();
});

describe('WarmAgent', () => {
  it('does not use a warm connection after the server has sent 408 on it', async () => {
    server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const timeoutSent = new Promise<void>((resolve) =>
      server.once('connection', (socket) => {
        socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', resolve);
      }),
    );
    warm = warmAgent(systemRoute({ baseUrl: url.href, timeoutMs: 1000 }), 2);
    await warm.keepOpen(1, 1000);
    await timeoutSent;
    await warm.dial(1000);
    const [response] = (await once(get(url, { agent: warm.agent }), 'response')) as [
      { statusCode: number; resume(): void },
    ];
    response.resume();
    expect(response.statusCode).toBe(200);
  });
});
