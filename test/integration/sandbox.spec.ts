import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { transformFile } from '@swc/core';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CustomerBook } from '../../src/sandbox/customer-book.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox-server.js';
import { seededRandom } from '../../src/sandbox/seeded-random.js';
import { serviceTimeMs, standardNormal } from '../../src/sandbox/service-time.js';

const ADA = '/api/v2/customers/c-17';
const BEHAVIOUR = '/sandbox/behaviour';
const STATS = '/sandbox/stats';

interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

interface Stats {
  readonly calls: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  readonly aborted: number;
  readonly failures: number;
  readonly byRoute: Record<string, number>;
}

let sandbox: Sandbox;

beforeEach(() => starts({ latencyMs: 0 }));
afterEach(() => sandbox.close());

describe('its customers', () => {
  it('answer to their id, phone and e-mail alike', async () => {
    const { json: ada } = await ask(ADA);
    expect(ada).toMatchObject({ id: 'c-17', firstName: 'Ada', lastName: 'Lovelace', phone: '+15550017' });
    expect(ada).toMatchObject({
      accountTier: 'Enterprise',
      preferredLanguage: 'en-US',
      email: 'customer17@example.com',
    });
    expect((await search('phone', '+15550017')).json).toEqual({ results: [ada] });
    expect((await search('email', 'customer17@example.com')).json).toEqual({ results: [ada] });
  });

  it('are numbered from 1 to 100000', async () => {
    expect((await search('phone', '+15550001')).json).toMatchObject({ results: [{ id: 'c-1' }] });
    expect((await search('phone', '+155512345')).json).toMatchObject({ results: [{ id: 'c-12345' }] });
    expect((await search('phone', '+1555100000')).json).toMatchObject({ results: [{ id: 'c-100000' }] });
    for (const id of ['c-0', 'c-100001', 'c-017', 'c-', 'x', '%ff', '__proto__']) {
      expect(await ask(`/api/v2/customers/${id}`)).toMatchObject({ status: 404 });
    }
  });

  it.each(['15550017', ' 15550017', '+155500017', '+15550000', '+1555100001'])(
    'are not found by a phone spelled otherwise than in the record: %p',
    async (phone) => expect((await search('phone', phone)).json).toEqual({ results: [] }),
  );

  it('are the same in every sandbox', async () => {
    const other = await startSandbox({ port: 0, behaviour: { latencyMs: 0, seed: 99 } });
    try {
      for (const n of [1, 2, 97, 4711, 100_000]) {
        const path = `/api/v2/customers/c-${n}`;
        expect((await ask(path)).text).toBe((await ask(path, { at: other })).text);
      }
    } finally {
      await other.close();
    }
  });

  it('differ in every field that matters', () => {
    const book = new CustomerBook();
    const some = Array.from({ length: 1000 }, (_, i) => book.byId(`c-${i + 1}`));
    const values = (field: 'accountTier' | 'preferredLanguage' | 'vip' | 'status'): unknown[] =>
      [...new Set(some.map((record) => record?.[field]))].sort();
    expect(values('accountTier')).toEqual(['Enterprise', 'Professional', 'Standard', 'Trial', null, undefined]);
    expect(values('preferredLanguage')).toEqual(['de-DE', 'en-US', 'es-ES', 'fr-FR']);
    expect(values('vip')).toEqual([false, true]);
    expect(values('status')).toEqual(['active', 'closed', 'past_due']);
    expect(some.every((record) => Number.isInteger(Math.round(Number(record?.balance) * 1e6) / 1e4))).toBe(true);
  });

  it('have no tier, or null, when their number divides by 97', async () => {
    expect((await ask('/api/v2/customers/c-97')).json).not.toHaveProperty('accountTier');
    expect((await ask('/api/v2/customers/c-194')).json).toHaveProperty('accountTier', null);
  });

  it('have a status and a balance of their own', async () => {
    const { json: ada } = await ask(ADA);
    const { vip, status, accountTier: tier, balance, currency } = ada;
    const byPhone = '?phone=%2B15550017';
    expect((await ask(`/api/v2/customer-status${byPhone}`)).json).toEqual({ customerId: 'c-17', vip, status, tier });
    const expected = { customerId: 'c-17', balance, currency, pastDue: status === 'past_due' };
    expect((await ask(`/api/v2/balances${byPhone}`)).json).toEqual(expected);
    expect((await ask('/api/v2/balances?customerId=c-17')).json).toEqual(expected);
  });

  it.each(['customer-status', 'customer-status?phone=1', 'balances', 'balances?customerId=c-0'])(
    'are missing with 404 from %s',
    async (path) => expect((await ask(`/api/v2/${path}`)).status).toBe(404),
  );

  it('are found by the first criterion that is given and not empty', async () => {
    const both = await ask('/api/v2/customers?phone=%2B15550001&email=customer17@example.com');
    expect(both.json).toMatchObject({ results: [{ id: 'c-1' }] });
    const empty = await ask('/api/v2/customers?phone=&email=customer17@example.com');
    expect(empty.json).toMatchObject({ results: [{ id: 'c-17' }] });
    expect((await ask('/api/v2/customers')).json).toEqual({ results: [] });
  });
});

describe('a changed customer', () => {
  it('is changed everywhere until the change is undone', async () => {
    const { json: before } = await ask(ADA);
    expect((await change('c-17', { accountTier: 'Standard', status: 'past_due' })).status).toBe(200);
    expect((await change('c-17', { balance: -0.5 })).json).toMatchObject({ accountTier: 'Standard', balance: -0.5 });
    const expected = { customerId: 'c-17', balance: -0.5, pastDue: true };
    expect((await ask('/api/v2/balances?phone=%2B15550017')).json).toMatchObject(expected);
    expect((await ask('/sandbox/customers/c-17', { method: 'DELETE' })).json).toEqual(before);
    expect((await ask(ADA)).json).toEqual(before);
  });

  it('is found under the new phone only, and under the first one again afterwards', async () => {
    await change('c-17', { phone: '+19990001' });
    expect((await search('phone', '+19990001')).json).toMatchObject({ results: [{ id: 'c-17' }] });
    expect((await search('phone', '+15550017')).json).toEqual({ results: [] });
    await ask('/sandbox/customers/c-17', { method: 'DELETE' });
    expect((await search('phone', '+19990001')).json).toEqual({ results: [] });
    expect((await search('phone', '+15550017')).json).toMatchObject({ results: [{ id: 'c-17' }] });
  });

  it('cannot take what belongs to another, nor take back what another has taken since', async () => {
    expect(await change('c-17', { phone: '+15550018' })).toMatchObject({
      status: 409,
      json: { error: 'phone: belongs to c-18' },
    });
    await change('c-17', { email: 'ada@example.com' });
    await change('c-18', { email: 'customer17@example.com' });
    expect((await ask('/sandbox/customers/c-17', { method: 'DELETE' })).status).toBe(409);
    expect((await search('email', 'customer17@example.com')).json).toMatchObject({ results: [{ id: 'c-18' }] });
  });

  it('may hold values of the wrong type, and none at all', async () => {
    const odd = { balance: 'much', vip: 'yes', accountTier: null, phone: null };
    expect((await change('c-17', odd)).status).toBe(200);
    expect((await ask(ADA)).json).toMatchObject(odd);
    expect((await search('phone', 'null')).json).toEqual({ results: [] });
  });

  it.each([
    [{ teir: 'Trial' }, 'teir'],
    [{ id: 'c-1' }, 'id'],
    [{ notes: { nested: true } }, 'notes'],
    [{ phone: 1 }, 'phone'],
    [{ lastName: 'x'.repeat(201) }, 'lastName'],
  ])('stays as it was when the change is no good (%#)', async (bad, key) => {
    const { json: before } = await ask(ADA);
    const refused = await change('c-17', { vip: 'changed', ...bad });
    expect(refused.status).toBe(400);
    expect(refused.json.error).toContain(`${key}:`);
    expect((await ask(ADA)).json).toEqual(before);
  });

  it('must exist', async () => {
    expect((await change('c-100001', { vip: true })).status).toBe(404);
    expect((await ask('/sandbox/customers/nobody', { method: 'DELETE' })).status).toBe(404);
  });

  it('is one of at most 10000', () => {
    const book = new CustomerBook();
    for (let n = 1; n <= 10_000; n += 1) book.change(`c-${n}`, { vip: true });
    expect(() => book.change('c-10001', { vip: true })).toThrow(expect.objectContaining({ status: 409 }));
    expect(book.change('c-1', { vip: false })).toMatchObject({ vip: false });
    book.undo('c-1');
    expect(book.change('c-10001', { vip: true })).toMatchObject({ vip: true });
  });

  it('is not seen by a call that arrived before the change', async () => {
    await turn({ latencyMs: 2000, latencySigma: 0 });
    const early = ask(ADA);
    await until(({ inFlight }) => inFlight === 1);
    await change('c-17', { firstName: 'Augusta' });
    await turn({ latencyMs: 0 });
    expect((await early).json).toMatchObject({ firstName: 'Ada' });
    expect((await ask(ADA)).json).toMatchObject({ firstName: 'Augusta' });
  });
});

describe('its switches', () => {
  it('are shown, merged and reset to what it was started with', async () => {
    const { json: first } = await ask(BEHAVIOUR);
    expect(first).toMatchObject({
      latencyMs: 0,
      latencySigma: 0.2,
      knee: null,
      gamma: 1.6,
      failureStatus: 500,
      seed: 1,
    });
    await turn({ failureStatus: 503, retryAfterS: 7 });
    await turn({ knee: 5 });
    const changed = { ...first, failureStatus: 503, retryAfterS: 7, knee: 5 };
    expect((await ask(BEHAVIOUR)).json).toEqual(changed);
    expect((await ask(BEHAVIOUR, { method: 'DELETE' })).json).toEqual(first);
  });

  it('leave a median of 150 ms where nothing else is said', async () => {
    await starts({});
    expect((await ask(BEHAVIOUR)).json).toMatchObject({ latencyMs: 150, hang: false, refuse: false, failureRate: 0 });
  });

  it.each([
    ['{"latncyMs":1}', 'latncyMs'],
    ['{"latencyMs":"1"}', 'latencyMs'],
    ['{"latencyMs":-1}', 'latencyMs'],
    ['{"latencyMs":60001}', 'latencyMs'],
    ['{"latencyMs":1e999}', 'latencyMs'],
    ['{"latencySigma":null}', 'latencySigma'],
    ['{"knee":0}', 'knee'],
    ['{"gamma":11}', 'gamma'],
    ['{"failureRate":1.01}', 'failureRate'],
    ['{"failureStatus":200}', 'failureStatus'],
    ['{"retryAfterS":0.5}', 'retryAfterS'],
    ['{"hang":1}', 'hang'],
    ['{"trickle":"true"}', 'trickle'],
    ['{"closeHalfway":null}', 'closeHalfway'],
    ['{"refuse":[]}', 'refuse'],
    ['{"requireToken":""}', 'requireToken'],
    ['{"seed":-1}', 'seed'],
    ['{"__proto__":{"hang":true}}', '__proto__'],
  ])('stay as they were, with 400 naming the key, for %s', async (body, key) => {
    const { json: before } = await ask(BEHAVIOUR);
    const refused = await ask(BEHAVIOUR, { method: 'PUT', body: body.replace('{', '{"gamma":2,') });
    expect(refused.status).toBe(400);
    expect(refused.json.error).toContain(`${key}:`);
    expect((await ask(BEHAVIOUR)).json).toEqual(before);
  });

  it.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['"hang"', 400],
    [JSON.stringify({ requireToken: 'x'.repeat(20_000) }), 413],
  ])('take nothing but a JSON object of modest size (%#)', async (body, status) => {
    expect((await ask(BEHAVIOUR, { method: 'PUT', body })).status).toBe(status);
  });

  it('refuse to start on what they would refuse later', async () => {
    await expect(startSandbox({ port: 0, behaviour: { failureRate: 2 } })).rejects.toThrow('failureRate:');
  });

  it('delay every call by its service time: latencyMs', async () => {
    await turn({ latencyMs: 200, latencySigma: 0 });
    expect(await durationMs(() => ask(ADA))).toBeGreaterThan(190);
  });

  it('slow down what comes beyond the knee: knee, gamma', async () => {
    await turn({ hang: true });
    const hung = [opened(ADA), opened(ADA)];
    await until(({ inFlight }) => inFlight === 2);
    await turn({ hang: false, latencyMs: 50, latencySigma: 0, knee: 1, gamma: 2 });
    expect(await durationMs(() => ask(ADA))).toBeGreaterThan(9 * 50 - 10);
    for (const call of hung) call.destroy();
  });

  it('fail with the status and the header asked for: failureRate, failureStatus, retryAfterS', async () => {
    await turn({ failureRate: 1, failureStatus: 429 });
    const plain = await ask(ADA);
    expect(plain.status).toBe(429);
    expect(plain.headers).not.toHaveProperty('retry-after');
    await turn({ retryAfterS: 3 });
    expect((await ask(ADA)).headers).toHaveProperty('retry-after', '3');
    expect(await stats()).toMatchObject({ calls: 2, failures: 2, aborted: 0, inFlight: 0 });
  });

  it('repeat the same run from the same seed: seed', async () => {
    await turn({ failureRate: 0.5, seed: 7 });
    const run = await statuses(40);
    expect(new Set(run)).toEqual(new Set([200, 500]));
    await turn({ seed: 7 });
    expect(await statuses(40)).toEqual(run);
    await turn({ seed: 8 });
    expect(await statuses(40)).not.toEqual(run);
  });

  it('do not shift the fate of later calls when another switch is turned', async () => {
    await turn({ failureRate: 0.5, seed: 7 });
    const run = await statuses(20);
    await turn({ requireToken: 'secret', seed: 7 });
    await statuses(10);
    await turn({ requireToken: null, latencySigma: 0 });
    expect(await statuses(10)).toEqual(run.slice(10));
  });

  it('take a call and never answer it: hang', async () => {
    await turn({ hang: true });
    const call = opened(ADA);
    await until(({ inFlight }) => inFlight === 1);
    await turn({ hang: false });
    expect((await ask(ADA)).status).toBe(200);
    expect(await stats()).toMatchObject({ inFlight: 1, aborted: 0 });
    call.destroy();
    await until(({ inFlight, aborted }) => inFlight === 0 && aborted === 1);
  });

  it('send the answer byte by byte: trickle', async () => {
    await turn({ trickle: true });
    const answer = await answered(opened('/api/v2/customers'));
    const lengths: number[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) lengths.push(chunk.length);
    expect(answer.headers).toHaveProperty('transfer-encoding', 'chunked');
    expect(lengths).toEqual(Array.from({ length: '{"results":[]}'.length }, () => 1));
    expect(await stats()).toMatchObject({ calls: 1, inFlight: 0, aborted: 0, failures: 0 });
  });

  it('close in the middle of the announced body: closeHalfway', async () => {
    const { text } = await ask(ADA);
    await turn({ closeHalfway: true });
    const answer = await answered(opened(ADA));
    expect(answer.headers).toHaveProperty('content-length', String(text.length));
    let received = '';
    const reading = (async () => {
      for await (const chunk of answer as AsyncIterable<Buffer>) received += chunk.toString();
    })();
    await expect(reading).rejects.toThrow('aborted');
    expect(received).toBe(text.slice(0, Math.floor(text.length / 2)));
    expect(await stats()).toMatchObject({ calls: 2, failures: 1, aborted: 0, inFlight: 0 });
  });

  it('destroy the socket of each call at once: refuse', async () => {
    await turn({ refuse: true, latencyMs: 60_000 });
    await expect(ask(ADA)).rejects.toThrow('socket hang up');
    expect(await stats()).toMatchObject({ calls: 1, failures: 1, aborted: 0, inFlight: 0 });
  });

  it('ask for one token, or for none: requireToken', async () => {
    expect((await ask(ADA, { authorization: 'Basic bm8=' })).status).toBe(200);
    await turn({ requireToken: 'secret' });
    expect(await ask(ADA)).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect((await ask(ADA, { authorization: 'Bearer other' })).status).toBe(401);
    expect((await ask(ADA, { authorization: 'Bearer secret' })).status).toBe(200);
    expect((await ask(STATS)).status).toBe(200);
  });
});

describe('its counters', () => {
  it('count the CRM routes alone', async () => {
    await ask(ADA);
    await ask('/api/v2/customers/nobody');
    await search('phone', '+15550017');
    await ask('/api/v2/customer-status');
    await ask('/api/v2/balances');
    for (const path of ['/', '/api/v2/orders', '/api/v2/customers/', '/api/v2/customers/c-1/orders', '/sandbox/no']) {
      expect((await ask(path)).status).toBe(404);
    }
    const post = await ask('/api/v2/customers', { method: 'POST', body: '{}' });
    expect(post).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await ask(STATS, { method: 'PUT' })).toMatchObject({ status: 405, headers: { allow: 'GET, DELETE' } });
    expect(await stats()).toEqual({
      calls: 5,
      inFlight: 0,
      peakInFlight: 1,
      aborted: 0,
      failures: 0,
      byRoute: {
        '/api/v2/customers': 1,
        '/api/v2/customers/:id': 2,
        '/api/v2/customer-status': 1,
        '/api/v2/balances': 1,
      },
    });
  });

  it('keep a call in flight after its caller has left, until its service time is over', async () => {
    await turn({ latencyMs: 60_000, latencySigma: 0 });
    const long = opened(ADA);
    await until(({ calls }) => calls === 1);
    long.destroy();
    await until(({ aborted }) => aborted === 1);
    expect(await stats()).toMatchObject({ calls: 1, inFlight: 1 });
    await turn({ latencyMs: 2000 });
    const short = opened(ADA);
    await until(({ calls }) => calls === 2);
    short.destroy();
    await until(({ aborted, inFlight }) => aborted === 2 && inFlight === 1);
  });

  it('count a caller who leaves a half-sent answer', async () => {
    await turn({ trickle: true });
    const answer = await answered(opened(ADA));
    await once(answer, 'data');
    answer.destroy();
    await until(({ aborted, inFlight }) => aborted === 1 && inFlight === 0);
  });

  it('know the most that ran at one time, and forget all but what is running', async () => {
    await turn({ hang: true });
    const calls = [opened(ADA), opened(ADA), opened(ADA)];
    await until(({ inFlight }) => inFlight === 3);
    calls[0]?.destroy();
    await until(({ inFlight }) => inFlight === 2);
    expect(await stats()).toMatchObject({ calls: 3, peakInFlight: 3, aborted: 1 });
    const reset = await ask(STATS, { method: 'DELETE' });
    expect(reset.json).toMatchObject({ calls: 0, inFlight: 2, peakInFlight: 2, aborted: 0, failures: 0 });
    expect(reset.json.byRoute).toMatchObject({ '/api/v2/customers/:id': 0 });
    calls[1]?.destroy();
    await until(({ inFlight, aborted }) => inFlight === 1 && aborted === 1);
  });

  it('hold with a thousand calls at one time', async () => {
    await turn({ latencyMs: 500, latencySigma: 0 });
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => ask(`/api/v2/customers/c-${i + 1}`)));
    expect(answers.every(({ status, json }, i) => status === 200 && json.id === `c-${i + 1}`)).toBe(true);
    expect(await stats()).toMatchObject({ calls: 1000, inFlight: 0, aborted: 0 });
  });
});

describe('closing', () => {
  it.each([
    ['slow', { latencyMs: 60_000 }],
    ['hung', { hang: true }],
    ['trickling', { latencyMs: 0, trickle: true }],
  ])('ends a %s call and leaves nothing open', async (_name, behaviour) => {
    await sandbox.close();
    const before = await openHere();
    await starts(behaviour);
    const call = opened(ADA);
    const left = opened(ADA);
    const idle = connect(sandbox.port, '127.0.0.1');
    await until(({ calls }) => calls === 2);
    left.destroy();
    await until(({ aborted }) => aborted === 1);
    const gone = Promise.all([closeOf(call), closeOf(idle)]);
    await Promise.all([sandbox.close(), sandbox.close()]);
    await gone;
    expect(await openHere()).toEqual(before);
  });

  it('frees the port, and may be asked for again', async () => {
    const { port } = sandbox;
    await sandbox.close();
    await sandbox.close();
    const next = await startSandbox({ port });
    expect(next.port).toBe(port);
    await next.close();
  });

  it('is not needed after a start on a taken port, which rejects', async () => {
    await expect(startSandbox({ port: sandbox.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('service time', () => {
  const pace = { latencyMs: 100, latencySigma: 0, knee: 10, gamma: 2 };

  it('is level up to the knee and rises by the power gamma beyond it', () => {
    expect([1, 10, 20, 30].map((inFlight) => serviceTimeMs(pace, inFlight, 0))).toEqual([100, 100, 400, 900]);
    expect(serviceTimeMs({ ...pace, knee: null }, 1000, 0)).toBe(100);
  });

  it('never outgrows what a timer can hold', () => {
    expect(serviceTimeMs({ latencyMs: 60_000, latencySigma: 3, knee: 1, gamma: 10 }, 100_000, 8)).toBe(600_000);
  });

  it('is log-normal around its median', () => {
    const random = seededRandom(3);
    const times = Array.from({ length: 20_000 }, () =>
      serviceTimeMs({ ...pace, latencySigma: 0.5 }, 1, standardNormal(random(), random())),
    );
    const quantile = (share: number): number => times.toSorted((a, b) => a - b)[Math.floor(share * times.length)] ?? 0;
    expect(quantile(0.5) / 100).toBeCloseTo(1, 1);
    expect(quantile(0.8413) / 100).toBeCloseTo(Math.exp(0.5), 1);
    expect(quantile(0.1587) / 100).toBeCloseTo(Math.exp(-0.5), 1);
  });
});

describe('its own process', () => {
  const root = join(import.meta.dirname, '../..');
  const children: ChildProcess[] = [];
  let build: string;

  beforeAll(async () => {
    await mkdir(join(root, '.tmp'), { recursive: true });
    build = await mkdtemp(join(root, '.tmp/sandbox-'));
    const source = join(root, 'src/sandbox');
    const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
    await Promise.all(files.map((name) => compile(join(source, name), join(build, name.replace(/ts$/, 'js')))));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => rm(build, { recursive: true }));

  it.each(['SIGTERM', 'SIGINT'] as const)('says where it is in one line, and ends with 0 on %s', async (signal) => {
    const child = alone(0);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(line.toString()).toMatch(/^Sandbox CRM at http:\/\/127\.0\.0\.1:\d+; .*latencyMs.*seed\n$/);
    const url = /http:\S+(?=;)/.exec(line.toString())?.[0] ?? '';
    expect((await ask(BEHAVIOUR, { at: { url } })).json).toMatchObject({ latencyMs: 150, latencySigma: 0.2 });
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['a taken port', () => sandbox.port, 'is taken, set SANDBOX_PORT'],
    ['no port at all', () => 'http', 'SANDBOX_PORT must be a port'],
  ])('ends with 1 and one line on %s', async (_name, port, reason) => {
    const child = alone(port());
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    // Unlike `exit`, `close` comes after the output has been read to its end.
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toContain(reason);
    expect(said.trimEnd().split('\n')).toHaveLength(1);
  });

  it('tells its parent where it is when its port is taken, and ends with the parent', async () => {
    const { child, url } = await forked(sandbox.port);
    expect(url).not.toBe(sandbox.url);
    expect((await ask(STATS, { at: { url } })).status).toBe(200);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('leaves SIGINT to its parent and ends on SIGTERM', async () => {
    const { child, url } = await forked(0);
    child.kill('SIGINT');
    expect((await ask(STATS, { at: { url } })).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  function alone(port: number | string) {
    const child = spawn(process.execPath, [join(build, 'main.js')], { env: environment(port), stdio: 'pipe' });
    children.push(child);
    return child;
  }

  async function forked(port: number): Promise<{ child: ChildProcess; url: string }> {
    const child = fork(join(build, 'main.js'), { env: environment(port), execArgv: [] });
    children.push(child);
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return { child, url };
  }

  function environment(port: number | string): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, SANDBOX_PORT: String(port) };
  }
});

async function compile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const { code } = await transformFile(from, {
    jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  await writeFile(to, code);
}

/** One sandbox at a time: the one before is closed. */
async function starts(behaviour: NonNullable<SandboxOptions['behaviour']>): Promise<void> {
  const before = sandbox as Sandbox | undefined;
  await before?.close();
  sandbox = await startSandbox({ port: 0, behaviour });
}

interface Asking {
  readonly method?: string;
  readonly body?: string;
  readonly authorization?: string;
  readonly at?: { readonly url: string };
}

/** Sent on a connection of its own. Nobody needs to listen for its end. */
function opened(path: string, { method = 'GET', body, authorization, at = sandbox }: Asking = {}): ClientRequest {
  const headers = authorization === undefined ? {} : { authorization };
  const call = request(at.url + path, { method, headers, agent: false });
  call.on('error', () => undefined);
  call.end(body);
  return call;
}

async function answered(call: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return answer;
}

async function ask(path: string, asking?: Asking): Promise<Asked> {
  const answer = await answered(opened(path, asking));
  const chunks = (await answer.toArray()) as Buffer[];
  const text = Buffer.concat(chunks).toString();
  const json = JSON.parse(text) as Record<string, unknown>;
  return { status: answer.statusCode ?? 0, headers: answer.headers, text, json };
}

function search(field: 'phone' | 'email', value: string): Promise<Asked> {
  return ask(`/api/v2/customers?${field}=${encodeURIComponent(value)}`);
}

function change(id: string, record: object): Promise<Asked> {
  return ask(`/sandbox/customers/${id}`, { method: 'PUT', body: JSON.stringify(record) });
}

async function turn(switches: object): Promise<void> {
  const turned = await ask(BEHAVIOUR, { method: 'PUT', body: JSON.stringify(switches) });
  expect(turned).toMatchObject({ status: 200, json: switches });
}

async function stats(): Promise<Stats> {
  return (await ask(STATS)).json as unknown as Stats;
}

/** Asks until it is so; the test's own time limit ends what never is. */
async function until(isSo: (now: Stats) => boolean): Promise<void> {
  while (!isSo(await stats()));
}

async function statuses(calls: number): Promise<number[]> {
  const list: number[] = [];
  for (let i = 0; i < calls; i += 1) list.push((await ask(ADA)).status);
  return list;
}

async function durationMs(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** However it comes about: `once` would reject on an error before it. */
function closeOf(emitter: ClientRequest | Socket): Promise<void> {
  return new Promise((resolve) => emitter.once('close', resolve));
}

/**
 * What keeps this process alive, of the kinds a server may leave behind. Closed handles leave the list at the end of a turn of the
 * loop, after its immediates: so the second immediate sees them gone.
 */
async function openHere(): Promise<string[]> {
  await setImmediate();
  await setImmediate();
  const kinds = process.getActiveResourcesInfo();
  return kinds.filter((kind) => /^(Timeout|TCP)/.test(kind)).sort();
}
