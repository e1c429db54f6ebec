import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { openEventStream, type EventStream } from '../../support/event-stream.js';
import { get } from '../../support/http.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startRegion, type Region } from '../../support/region.js';
import { aboutAda, newPhone } from '../stage.js';
import { rowsIn, viewIn } from './ops-view.js';

const CALLERS = {
  desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: ['lookup', 'operate'] },
  asks: { apiKeys: ['key-of-asks'], tenants: ['10001'], scopes: ['lookup'] },
};
const KEY = { 'x-api-key': 'key-of-desk' };
/** Less than the 10 s that a stop waits for requests in flight. */
const AT_ONCE_MS = 5000;
const MAX_STREAMS = 20;

let redis: TestRedis;
let region: Region<DatadipProcess>;
const streams: EventStream[] = [];
beforeAll(async () => {
  redis = await startRedis();
  region = await startRegion({
    ...{ inProcess: false, store: redis.url, processes: 2, origin: aboutAda, headers: KEY },
    ...{ declaration: { callers: CALLERS }, env: { MAX_IN_FLIGHT: '2' } },
  });
});
afterEach(() => streams.splice(0).forEach((stream) => stream.close()));
afterAll(async () => {
  await region.stop();
  await redis.stop();
});

async function open(at = 0, seconds = 3600): Promise<EventStream> {
  const stream = await openEventStream(region.url(`/ops/stream?seconds=${seconds}`, at), KEY);
  streams.push(stream);
  return stream;
}

async function metric(name: string): Promise<number> {
  const { text } = await region.get('/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

describe('the stream of the page', () => {
  it('shows the processes on one Redis as one region', async () => {
    const stream = await open(0);
    await stream.next((data) => expect(viewIn(data)).toMatchObject({ heard: 2, region: region.name }));
    await Promise.all([0, 1].map((at) => region.lookup('customer', { ani: newPhone() }, at)));

    await stream.next((data) => {
      expect(rowsIn(viewIn(data), 'answers').find(([source]) => source?.startsWith('origin'))).toContain('2 (100 %)');
      expect(rowsIn(viewIn(data), 'processes')).toHaveLength(2);
    });
  });

  it('shows the same counts in every process', async () => {
    const all = await Promise.all([open(0), open(1)]);
    await region.lookup('customer', { ani: newPhone() }, 1);
    const sinceStart = (data: Record<string, unknown>) =>
      rowsIn(viewIn(data), 'answers')
        .find(([source]) => source?.startsWith('origin'))
        ?.at(-1);
    for (const stream of all) await stream.next((data) => expect(sinceStart(data)).toBe('3 (100 %)'));
  });

  it('begins with the history of the charts', async () => {
    const stream = await open();
    await stream.next(() => undefined);
    const [history] = stream.events;
    expect(history?.name).toBe('history');
    expect((history?.data.seconds as unknown[]).length).toBeGreaterThan(0);
    expect(history?.data.charts).toMatchObject([{ id: 'answers' }, { id: 'latency' }, {}, {}, {}, {}]);
  });

  it('has the headers of a stream that no proxy collects or stores', async () => {
    const { response } = await open();
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  it('is no request in flight, and has no time to answer', async () => {
    await Promise.all([open(), open(), open()]);
    // The limit of this process is two requests in flight.
    expect((await region.lookup('customer', { ani: newPhone() })).status).toBe(200);
    expect(await metric('datadip_http_requests_in_flight')).toBe(1);
    streams.splice(0).forEach((stream) => stream.close());
    await eventually(() =>
      expect(region.process().logs).toContainEqual(expect.objectContaining({ route: '/ops/stream' })),
    );
    const { text } = await region.get('/metrics');
    expect(text).not.toContain('route="/ops/stream"');
  });

  it('ends after the seconds that the caller gave', async () => {
    const stream = await open(0, 1);
    await stream.ended;
    expect(stream.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['history', 'second']));
    const { text } = await region.get('/ops/stream?seconds=0');
    expect(text.match(/^event: second$/gm)).toHaveLength(1);
  });

  it.each(['', '?seconds=', '?seconds=-1', '?seconds=3601', '?seconds=1.5', '?seconds=1&seconds=2'])(
    'refuses the query "%s" with one clear line',
    async (query) => {
      expect(await region.get(`/ops/stream${query}`)).toMatchObject({
        status: 400,
        json: { code: 'bad_request', title: '`seconds` must be a whole number from 0 to 3600' },
      });
    },
  );

  it('refuses more than 20 streams, and takes another when one has closed', async () => {
    await Promise.all(Array.from({ length: MAX_STREAMS }, () => open()));
    const refused = await region.get('/ops/stream?seconds=10');
    expect(refused).toMatchObject({ status: 503, json: { code: 'overloaded' }, headers: { 'retry-after': '5' } });

    streams.pop()?.close();
    await eventually(async () => expect((await region.get('/ops/stream?seconds=0')).status).toBe(200));
  });

  it('needs the scope operate', async () => {
    for (const path of ['/ops', '/ops/stream?seconds=0', '/ops/page.js']) {
      expect(await get(region.url(path))).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
      expect(await get(region.url(path), { 'x-api-key': 'key-of-asks' })).toMatchObject({
        status: 403,
        json: { code: 'wrong_scope' },
      });
    }
  });

  it('refuses HEAD, which would not end', async () => {
    const { status } = await fetch(region.url('/ops/stream?seconds=10'), { method: 'HEAD', headers: KEY });
    expect(status).toBe(405);
  });

  it('says within seconds that Redis is away, and that the other process is not heard', async () => {
    const stream = await open();
    await stream.next((data) => expect(viewIn(data).heard).toBe(2));
    await redis.kill();
    await stream.next((data) => expect(viewIn(data)).toMatchObject({ state: 'alarm' }), 3000);
    await stream.next((data) => expect(viewIn(data).sentence).toMatch(/^Redis is away; /));
    await stream.next((data) => expect(viewIn(data).heard).toBe(1));
    await redis.restart();
    await stream.next((data) => expect(viewIn(data).heard).toBe(2));
  });

  it('does not hold up a stop, and ends', async () => {
    const stream = await open(1);
    expect(await region.process(1).stop(AT_ONCE_MS)).toEqual({ code: 0, signal: null });
    await stream.ended;
  });
});

describe('the page', () => {
  it('has a policy without inline scripts and styles, and loads nothing from elsewhere', async () => {
    const { text, headers } = await region.get('/ops');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(text).not.toMatch(/<script(?![^>]* src="\.\/ops\/)|<style|style=|https?:|\son\w+=/);
  });

  it('serves its files, and no other', async () => {
    const { text } = await region.get('/ops');
    const files = [...text.matchAll(/(?:src|href)="\.\/ops\/([^"]+)"/g)].map(([, name]) => name);
    expect(files).toContain('uPlot.iife.min.js');
    for (const name of files) expect((await region.get(`/ops/${name}`)).status).toBe(200);
    for (const name of ['ops.controller.js', 'page.html', '..%2fops.module.js', 'constructor'])
      expect((await region.get(`/ops/${name}`)).status).toBe(404);
  });

  it('leads from an address with a slash to its own', async () => {
    expect(await region.get('/ops/')).toMatchObject({ status: 308, headers: { location: '../ops' } });
  });
});
