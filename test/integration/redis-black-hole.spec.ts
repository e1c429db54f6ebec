import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { EventBus } from '../../src/messaging/event-bus.js';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import type { OpenHandles } from '../support/open-handles.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { listenPrivately } from '../support/private-port.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer } from './parts/callers.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

/**
 * Datadip closes a connection after 2 s of silence. Closing and reconnecting may take another 2 s.
 * The rest is for a busy machine.
 */
const RECOVERS_WITHIN_MS = 30_000;

let redis: TestRedis;
let origin: ScriptedOrigin;
let gateway: Gateway;
let app: TestApp | undefined;

/**
 * A gateway that loses its connection table, like a load balancer or a firewall. While broken, it
 * accepts connections and sends nothing. These connections stay silent after the repair.
 */
class Gateway {
  private readonly server: Server = createServer((client) => this.accept(client));
  private readonly sockets = new Set<Socket>();
  private broken = false;
  accepted = 0;
  port = 0;

  constructor(private readonly target: number) {}

  async listen(): Promise<void> {
    this.port = await listenPrivately(this.server);
  }

  /** Silences the open connections. */
  break(): void {
    this.broken = true;
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.removeAllListeners('data').resume();
    }
  }

  repair(): void {
    this.broken = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    this.accepted += 1;
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

/** Waits until entries are shared again, and until messages of other processes arrive again. */
async function untilHit({ url, app: nest }: TestApp): Promise<void> {
  await eventually(async () => expect((await lookUpCustomer(url, '15550017')).headers['x-cache']).toBe('HIT'), {
    withinMs: RECOVERS_WITHIN_MS,
  });
  await eventually(() => expect(nest.get(EventBus, { strict: false }).isHeard()).toBe(true), {
    withinMs: RECOVERS_WITHIN_MS,
  });
}

it('a process replaces connections that become silent', async () => {
  app = await start();
  const { url } = app;
  await untilHit(app);
  gateway.break();
  for (let at = 0; at < 10; at += 1) await lookUpCustomer(url, '15550017');
  gateway.repair();

  await untilHit(app);
});

it('a process replaces connections that are silent from the start', async () => {
  gateway.break();
  app = await start();
  gateway.repair();

  await untilHit(app);
});

it('a process replaces connections that it opened during the silence', async () => {
  app = await start();
  const { url } = app;
  await untilHit(app);
  const acceptedBefore = gateway.accepted;
  gateway.break();
  await eventually(
    async () => {
      await lookUpCustomer(url, '15550017');
      expect(gateway.accepted).toBeGreaterThan(acceptedBefore);
    },
    { withinMs: RECOVERS_WITHIN_MS },
  );
  gateway.repair();

  await untilHit(app);
});
