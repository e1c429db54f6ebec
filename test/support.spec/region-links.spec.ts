import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { raw } from '../support/http.js';
import { listenPrivately } from '../support/private-port.js';
import { RegionLinks } from '../support/regions/links.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';

/** Much longer than loopback needs. */
const SILENCE_MS = 150;

let server: Server;
let bus: Map<string, ChaosProxy>;
let links: RegionLinks;
beforeEach(async () => {
  server = createServer((_request, response) => response.end('here'));
  const port = await listenPrivately(server);
  bus = new Map();
  for (const name of ['us', 'eu', 'ap']) bus.set(name, await startProxy(port));
  links = await RegionLinks.start(bus);
  for (const name of bus.keys()) links.peersTo(name, port);
});
afterEach(async () => {
  await links.stop();
  for (const proxy of bus.values()) await proxy.stop();
  await new Promise((resolve) => server.close(resolve));
});

/** `answers`, `refused` or `silent`. */
async function tryPort(port: number): Promise<string> {
  try {
    const { text } = await raw('GET', `http://127.0.0.1:${port}/`, undefined, {}, SILENCE_MS);
    return text === 'here' ? 'answers' : text;
  } catch (error) {
    return String(error).includes('no answer within') ? 'silent' : 'refused';
  }
}

const tryAll = async (): Promise<Record<string, string>> => ({
  'us bus': await tryPort(bus.get('us')?.port ?? 0),
  'eu bus': await tryPort(bus.get('eu')?.port ?? 0),
  'us to eu': await tryPort(links.peerPort('us', 'eu')),
  'eu to us': await tryPort(links.peerPort('eu', 'us')),
  'us to ap': await tryPort(links.peerPort('us', 'ap')),
});

const ALL_ANSWER = {
  'us bus': 'answers',
  'eu bus': 'answers',
  'us to eu': 'answers',
  'eu to us': 'answers',
  'us to ap': 'answers',
};

describe('the links of regions', () => {
  it('are open at first, and after every other state has ended', async () => {
    expect(await tryAll()).toEqual(ALL_ANSWER);
    await links.set('eu', { kind: 'cut' });
    await links.set('eu', { kind: 'blackhole' });
    await links.set('eu', { kind: 'open', oneWayMs: 0 });

    expect(await tryAll()).toEqual(ALL_ANSWER);
  });

  it('cut a region off from Kafka and from all regions, and leave the others connected', async () => {
    await links.set('eu', { kind: 'cut' });

    const gone = { 'eu bus': 'refused', 'us to eu': 'refused', 'eu to us': 'refused' };
    expect(await tryAll()).toEqual({ ...ALL_ANSWER, ...gone });
    expect(links.stateOf('eu')).toEqual({ kind: 'cut' });
  });

  it('hold everything in a black hole, for the bus alone if the test says so', async () => {
    await links.set('eu', { kind: 'blackhole' }, 'bus');

    expect(await tryAll()).toEqual({ ...ALL_ANSWER, 'eu bus': 'silent' });
  });

  it('stay cut while one of the two ends is cut', async () => {
    await links.set('eu', { kind: 'cut' }, 'peers');
    await links.set('us', { kind: 'cut' }, 'peers');
    await links.set('eu', { kind: 'open', oneWayMs: 0 }, 'peers');

    expect(await tryAll()).toEqual({
      ...ALL_ANSWER,
      'us to eu': 'refused',
      'eu to us': 'refused',
      'us to ap': 'refused',
    });
  });

  it('add up the delays of both ends', async () => {
    await links.set('us', { kind: 'open', oneWayMs: 20 });
    await links.set('eu', { kind: 'open', oneWayMs: 30 });
    const { elapsedMs } = await raw('GET', `http://127.0.0.1:${links.peerPort('us', 'eu')}/`);

    expect(elapsedMs).toBeGreaterThanOrEqual(99);
  });

  it('know no other region', async () => {
    await expect(links.set('mars', { kind: 'cut' })).rejects.toThrow('no region mars; regions: us, eu, ap');
  });
});
