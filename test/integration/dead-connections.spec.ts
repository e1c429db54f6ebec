import { afterEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { post, type HttpAnswer } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { listenPrivately } from '../support/private-port.js';

/** A connection is in doubt after a second of silence. */
const QUIET_MS = 1200;
/** Connections that are open before the first call. */
const OPENED_AHEAD = 8;

/** A load balancer before an origin, which forgets the connections that are open now. */
class LoadBalancer {
  accepted = 0;
  port = 0;
  private readonly server: Server = createServer((client) => this.accept(client));
  private readonly pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>();

  constructor(private readonly upstreamPort: number) {}

  async listen(): Promise<void> {
    this.port = await listenPrivately(this.server);
  }

  /** The next bytes of a client are answered with a reset. */
  resetOnNextByte(): void {
    for (const { client, upstream } of this.pairs) {
      client.unpipe(upstream);
      client.on('data', () => client.resetAndDestroy());
    }
  }

  /** The bytes of a client go nowhere. No answer, no reset. */
  blackHole(): void {
    for (const { client, upstream } of this.pairs) {
      client.unpipe(upstream);
      client.resume();
    }
  }

  async stop(): Promise<void> {
    for (const { client, upstream } of this.pairs) for (const socket of [client, upstream]) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    const upstream = connect(this.upstreamPort, '127.0.0.1');
    const pair = { client, upstream };
    this.pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  }
}

let origin: ScriptedOrigin;
let balancer: LoadBalancer;
let app: TestApp;
let next = 0;

async function start(timeoutMs = 2000): Promise<void> {
  origin = await startOrigin(() => ADA);
  balancer = new LoadBalancer(Number(new URL(origin.url).port));
  await balancer.listen();
  app = await startApp(declaration(`http://127.0.0.1:${balancer.port}`, { system: { timeoutMs } }), {
    DEADLINE_MS: '2500',
  });
  await eventually(() => expect(balancer.accepted).toBeGreaterThanOrEqual(OPENED_AHEAD));
}

afterEach(async () => {
  await app.stop();
  await balancer.stop();
  await origin.stop();
});

const ask = (): Promise<HttpAnswer> => post(`${app.url}/lookup/profile`, { customerId: `c-${++next}` });
const askMany = (count: number): Promise<HttpAnswer[]> => Promise.all(Array.from({ length: count }, ask));
const failed = (answers: readonly HttpAnswer[]): unknown[] =>
  answers.flatMap(({ json }) => (json?.contactFound === true ? [] : [json?.error]));

describe.each([
  ['resets', () => balancer.resetOnNextByte()],
  ['swallows', () => balancer.blackHole()],
])('a load balancer that %s connections which were idle', (_, forget) => {
  it('costs no failure on connections that were opened ahead and never used', async () => {
    await start();
    await delay(QUIET_MS);
    forget();
    expect(failed(await askMany(12))).toEqual([]);
    expect(failed(await askMany(12))).toEqual([]);
  });

  it('costs no failure on connections that were used before, one call after the other', async () => {
    await start();
    expect(failed(await askMany(12))).toEqual([]);
    await delay(QUIET_MS);
    forget();
    for (let call = 0; call < 12; call++) expect((await ask()).json).toMatchObject(ADA_ANSWER);
  });

  it('costs no failure although the origin is called for the first time, and takes 400 ms', async () => {
    await start();
    origin.answer(async () => {
      await delay(400);
      return ADA;
    });
    await delay(QUIET_MS);
    forget();
    expect(failed(await askMany(12))).toEqual([]);
  });
});

describe('a slow origin behind connections that were idle', () => {
  it('gets one call more, and then none for 10 s', async () => {
    await start(4000);
    origin.answer(async () => {
      await delay(1500);
      return ADA;
    });
    await delay(QUIET_MS);
    expect(failed(await askMany(6))).toEqual([]);
    expect(origin.count).toBeLessThanOrEqual(7);
    origin.calls.length = 0;
    await delay(QUIET_MS);
    expect(failed(await askMany(6))).toEqual([]);
    expect(origin.count).toBe(6);
  });
});

describe('the connections that are opened ahead', () => {
  /** The remote ports of this process's connections whose TCP timer is the keep-alive timer. */
  async function probed(port: number): Promise<number> {
    const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
    const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const connected = lines.filter(([, , to, state]) => to === remote && state === '01');
    return connected.filter(([, , , , , timer = '']) => timer.startsWith('02:')).length;
  }

  it('are probed by TCP while they are idle', async () => {
    await start();
    await eventually(async () => expect(await probed(balancer.port)).toBeGreaterThanOrEqual(OPENED_AHEAD));
  });
});
