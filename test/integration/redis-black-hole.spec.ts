import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import type { OpenHandles } from '../support/open-handles.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { listenPrivately } from '../support/private-port.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer } from './parts/callers.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

/** A connection that has been silent for 2 s is given up; closing it and dialling anew may take as long again. The rest is for a busy machine. */
const RECOVERS_WITHIN_MS = 30_000;

let redis: TestRedis;
let origin: ScriptedOrigin;
let gateway: Gateway;
let app: TestApp | undefined;

/**
 * A gateway that forgets: while it is broken it takes connections and says nothing, and what it took then stays dead after it was
 * mended. So do load balancers and firewalls that lost their tables.
 */
class Gateway {
  private readonly server: Server = createServer((client) => this.accept(client));
  private readonly sockets = new Set<Socket>();
  private broken = false;
  taken = 0;
  port = 0;

  constructor(private readonly target: number) {}

  async listen(): Promise<void> {
    this.port = await listenPrivately(this.server);
  }

  /** The connections there are die as silently. */
  break(): void {
    this.broken = true;
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.removeAllListeners('data').resume();
    }
  }

  mend(): void {
    this.broken = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    this.taken += 1;
    this.watch(client);
    if (this.broken) {
      client.resume();
      return;
    }
    const upstream = this.watch(connect(this.target, '127.0.0.1'));
    client.pipe(upstream).pipe(client);
  }

  private watch(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}

beforeEach(async () => {
  redis = await startRedis();
  origin = await startOrigin(() => ({ results: [ADA] }));
  gateway = new Gateway(redis.port);
  await gateway.listen();
});
let before: OpenHandles;
beforeAll(() => void (before = currentHandles()));
afterAll(() => untilHandlesClosed(before));
afterEach(async () => {
  await app?.stop();
  await gateway.stop();
  await origin.stop();
  await redis.stop();
});

async function start(): Promise<TestApp> {
  return startApp(declaration(origin.url), { REDIS_URL: `redis://127.0.0.1:${gateway.port}` });
}

async function untilItHits({ url }: TestApp): Promise<void> {
  await eventually(async () => expect((await lookUpCustomer(url, '15550017')).headers['x-cache']).toBe('HIT'), {
    withinMs: RECOVERS_WITHIN_MS,
  });
}

it('gives up connections that went silent for good', async () => {
  app = await start();
  const { url } = app;
  await untilItHits(app);
  gateway.break();
  for (let at = 0; at < 10; at += 1) await lookUpCustomer(url, '15550017');
  gateway.mend();

  await untilItHits(app);
});

it('gives up connections that were silent from the start', async () => {
  gateway.break();
  app = await start();
  gateway.mend();

  await untilItHits(app);
});

it('gives up connections that were made anew during the silence', async () => {
  app = await start();
  const { url } = app;
  await untilItHits(app);
  const taken = gateway.taken;
  gateway.break();
  await eventually(
    async () => {
      await lookUpCustomer(url, '15550017');
      expect(gateway.taken).toBeGreaterThan(taken);
    },
    { withinMs: RECOVERS_WITHIN_MS },
  );
  gateway.mend();

  await untilItHits(app);
});
