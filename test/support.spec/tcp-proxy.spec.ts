import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { listenPrivately } from '../support/private-port.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';

/** Longer than loopback needs by far, short enough to be spent on seeing that nothing comes. */
const A_WHILE_MS = 100;

let echo: Server;
let proxy: ChaosProxy;
let clients: Socket[];

beforeEach(async () => {
  clients = [];
  echo = createServer((socket) => {
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

/** `once` would reject: a broken connection reports its error first. */
function closed(client: Socket): Promise<unknown> {
  return new Promise((resolve) => client.once('close', resolve));
}

async function says(client: Socket): Promise<string> {
  const [bytes] = (await once(client, 'data')) as [Buffer];
  return bytes.toString();
}

async function staysSilent(client: Socket): Promise<boolean> {
  const heard = once(client, 'data', { signal: AbortSignal.timeout(A_WHILE_MS) });
  return heard.then(
    () => false,
    () => true,
  );
}

describe('the chaos proxy', () => {
  it('passes bytes both ways and counts who is connected', async () => {
    const client = await open();
    client.write('hello');

    expect(await says(client)).toBe('hello');
    expect(proxy.connections).toBe(1);
    client.end();
    await closed(client);
    await eventually(() => expect(proxy.connections).toBe(0));
  });

  it('keeps what is sent while it hangs, on old and new connections, and delivers it afterwards', async () => {
    const old = await open();
    old.write('first');
    await says(old);
    await proxy.hang();
    const young = await open();
    old.write('old');
    young.write('young');

    expect(await Promise.all([staysSilent(old), staysSilent(young)])).toEqual([true, true]);
    expect(proxy.connections).toBe(2);
    const heard = Promise.all([says(old), says(young)]);
    await proxy.pass();
    expect(await heard).toEqual(['old', 'young']);
  });

  it('breaks connections and turns callers away while it refuses, then listens at the same port', async () => {
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
    expect([await says(again), proxy.port]).toEqual(['back', port]);
  });

  it('cuts what is open once, and lets the next connection through', async () => {
    const client = await open();
    client.write('x');
    await says(client);
    const broken = closed(client);
    proxy.cut();
    await broken;

    const next = await open();
    next.write('next');
    expect(await says(next)).toBe('next');
  });

  it('delays in both directions, in order', async () => {
    await proxy.delay(60);
    const client = await open();
    const startMs = performance.now();
    client.write('slow');

    expect(await says(client)).toBe('slow');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(119);
  });

  it('delivers what a delay holds back as soon as it passes everything', async () => {
    await proxy.delay(60_000);
    const client = await open();
    client.write('waiting');
    expect(await staysSilent(client)).toBe(true);
    const heard = says(client);
    await proxy.pass();

    expect(await heard).toBe('waiting');
  });

  it('carries the end of a stream behind its last byte', async () => {
    const client = await open();
    client.end('bye');

    expect(await says(client)).toBe('bye');
    await closed(client);
  });

  it('breaks its clients when the target is gone', async () => {
    await new Promise((resolve) => echo.close(resolve));

    await closed(await open());
  });
});
