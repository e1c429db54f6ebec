import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { listenPrivately } from '../support/private-port.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';

/** Much longer than loopback needs. A test waits this time to see that no bytes arrive. */
const SILENCE_MS = 100;

let echo: Server;
let proxy: ChaosProxy;
let clients: Socket[];
let echoed: Set<Socket>;

beforeEach(async () => {
  clients = [];
  echoed = new Set();
  echo = createServer((socket) => {
    echoed.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  proxy = await startProxy(await listenPrivately(echo));
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await proxy.stop();
  await new Promise((resolve) => echo.close(resolve));
});

async function open(): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1');
  clients.push(client);
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

/**
 * Resolves when the connection closes. `once` would reject, because a broken connection emits an
 * error.
 */
function closed(client: Socket): Promise<unknown> {
  return new Promise((resolve) => client.once('close', resolve));
}

async function nextText(client: Socket): Promise<string> {
  const [bytes] = (await once(client, 'data')) as [Buffer];
  return bytes.toString();
}

async function staysSilent(client: Socket): Promise<boolean> {
  const received = once(client, 'data', { signal: AbortSignal.timeout(SILENCE_MS) });
  return received.then(
    () => false,
    () => true,
  );
}

describe('the chaos proxy', () => {
  it('passes bytes in both directions and counts connected clients', async () => {
    const client = await open();
    client.write('hello');

    expect(await nextText(client)).toBe('hello');
    expect(proxy.connections).toBe(1);
    client.end();
    await closed(client);
    await eventually(() => expect(proxy.connections).toBe(0));
  });

  it('holds the bytes of old and new connections while it hangs, and delivers them afterwards', async () => {
    const old = await open();
    old.write('first');
    await nextText(old);
    await proxy.hang();
    const young = await open();
    old.write('old');
    young.write('young');

    expect(await Promise.all([staysSilent(old), staysSilent(young)])).toEqual([true, true]);
    expect(proxy.connections).toBe(2);
    const received = Promise.all([nextText(old), nextText(young)]);
    await proxy.pass();
    expect(await received).toEqual(['old', 'young']);
  });

  it('gives the other side no byte, end or break in a black hole, and delivers them afterwards', async () => {
    const [ending, broken] = [await open(), await open()];
    for (const client of [ending, broken]) {
      client.write('x');
      await nextText(client);
    }
    const inEcho = await eventually(() => {
      expect(echoed.size).toBe(2);
      return [...echoed];
    });
    await proxy.blackhole();
    ending.end('bye');
    broken.resetAndDestroy();
    await closed(broken);
    const young = await open();
    young.write('young');

    expect(await Promise.all([staysSilent(ending), staysSilent(young)])).toEqual([true, true]);
    expect([inEcho.some((socket) => socket.destroyed), echoed.size]).toEqual([false, 2]);
    const received = Promise.all([nextText(ending), nextText(young)]);
    await proxy.pass();
    expect(await received).toEqual(['bye', 'young']);
    await eventually(() => expect(inEcho.every((socket) => socket.destroyed)).toBe(true));
  });

  it('breaks and refuses connections in refuse, then listens at the same port', async () => {
    const client = await open();
    const { port } = proxy;
    const broken = closed(client);
    await proxy.refuse();
    await broken;

    const refused = await once(connect(port, '127.0.0.1'), 'error');
    expect(refused).toMatchObject([{ code: 'ECONNREFUSED' }]);
    await proxy.pass();
    const again = await open();
    again.write('back');
    expect([await nextText(again), proxy.port]).toEqual(['back', port]);
  });

  it('breaks the open connections in cut, and passes the next connection', async () => {
    const client = await open();
    client.write('x');
    await nextText(client);
    const broken = closed(client);
    proxy.cut();
    await broken;

    const next = await open();
    next.write('next');
    expect(await nextText(next)).toBe('next');
  });

  it('delays bytes in both directions in their order', async () => {
    await proxy.delay(60);
    const client = await open();
    const startMs = performance.now();
    client.write('slow');

    expect(await nextText(client)).toBe('slow');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(119);
  });

  it('delivers delayed bytes at once when the delay ends', async () => {
    await proxy.delay(60_000);
    const client = await open();
    client.write('waiting');
    expect(await staysSilent(client)).toBe(true);
    const received = nextText(client);
    await proxy.pass();

    expect(await received).toBe('waiting');
  });

  it('passes the end of a stream after its last byte', async () => {
    const client = await open();
    client.end('bye');

    expect(await nextText(client)).toBe('bye');
    await closed(client);
  });

  it('breaks the connections of its clients if the target does not listen', async () => {
    await new Promise((resolve) => echo.close(resolve));

    await closed(await open());
  });
});
