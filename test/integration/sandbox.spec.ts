/** This file exceeds 220 lines because its tests share the helpers that restart the sandbox. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { transformFile } from '@swc/core';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CustomerRegistry } from '../../src/sandbox/customer-registry.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox-server.js';
import { seededRandom } from '../../src/sandbox/seeded-random.js';
import { serviceTimeMs, standardNormal } from '../../src/sandbox/service-time.js';

const ADA = '/api/v2/customers/c-17';
const BEHAVIOUR = '/sandbox/behaviour';
const STATS = '/sandbox/stats';

interface HttpAnswer {
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

beforeEach(() => restart({ latencyMs: 0 }));
afterEach(() => sandbox.close());

describe('customers of the sandbox', () => {
  it('returns the same customer for the id, the phone and the e-mail', async () => {
    const { json: ada } = await send(ADA);
    expect(ada).toMatchObject({ id: 'c-17', firstName: 'Ada', lastName: 'Lovelace', phone: '+15550017' });
    expect(ada).toMatchObject({
      accountTier: 'Enterprise',
      preferredLanguage: 'en-US',
      email: 'customer17@example.com',
    });
    expect((await search('phone', '+15550017')).json).toEqual({ results: [ada] });
    expect((await search('email', 'customer17@example.com')).json).toEqual({ results: [ada] });
  });

  it('has customers with the numbers 1 to 100000', async () => {
    expect((await search('phone', '+15550001')).json).toMatchObject({ results: [{ id: 'c-1' }] });
    expect((await search('phone', '+155512345')).json).toMatchObject({ results: [{ id: 'c-12345' }] });
    expect((await search('phone', '+1555100000')).json).toMatchObject({ results: [{ id: 'c-100000' }] });
    for (const id of ['c-0', 'c-100001', 'c-017', 'c-', 'x', '%ff', '__proto__']) {
      expect(await send(`/api/v2/customers/${id}`)).toMatchObject({ status: 404 });
    }
  });

  it.each(['15550017', ' 15550017', '+155500017', '+15550000', '+1555100001'])(
    'finds no customer by a phone that is spelled differently: %p',
    async (phone) => expect((await search('phone', phone)).json).toEqual({ results: [] }),
  );

  it('has the same customers in every sandbox', async () => {
    const other = await startSandbox({ port: 0, behaviour: { latencyMs: 0, seed: 99 } });
    try {
      for (const n of [1, 2, 97, 4711, 100_000]) {
        const path = `/api/v2/customers/c-${n}`;
        expect((await send(path)).text).toBe((await send(path, { at: other })).text);
      }
    } finally {
      await other.close();
    }
  });

  it('has customers with different tiers, languages, flags and states', () => {
    const customers = new CustomerRegistry();
    const some = Array.from({ length: 1000 }, (_, i) => customers.byId(`c-${i + 1}`));
    const values = (field: 'accountTier' | 'preferredLanguage' | 'vip' | 'status'): unknown[] =>
      [...new Set(some.map((record) => record?.[field]))].sort();
    expect(values('accountTier')).toEqual(['Enterprise', 'Professional', 'Standard', 'Trial', null, undefined]);
    expect(values('preferredLanguage')).toEqual(['de-DE', 'en-US', 'es-ES', 'fr-FR']);
    expect(values('vip')).toEqual([false, true]);
    expect(values('status')).toEqual(['active', 'closed', 'past_due']);
    expect(some.every((record) => Number.isInteger(Math.round(Number(record?.balance) * 1e6) / 1e4))).toBe(true);
  });

  it('returns no tier, or null, for every 97th customer', async () => {
    expect((await send('/api/v2/customers/c-97')).json).not.toHaveProperty('accountTier');
    expect((await send('/api/v2/customers/c-194')).json).toHaveProperty('accountTier', null);
  });

  it('returns the status and the balance of one customer', async () => {
    const { json: ada } = await send(ADA);
    const { vip, status, accountTier: tier, balance, currency } = ada;
    const byPhone = '?phone=%2B15550017';
    expect((await send(`/api/v2/customer-status${byPhone}`)).json).toEqual({ customerId: 'c-17', vip, status, tier });
    const expected = { customerId: 'c-17', balance, currency, pastDue: status === 'past_due' };
    expect((await send(`/api/v2/balances${byPhone}`)).json).toEqual(expected);
    expect((await send('/api/v2/balances?customerId=c-17')).json).toEqual(expected);
  });

  it.each(['customer-status', 'customer-status?phone=1', 'balances', 'balances?customerId=c-0'])(
    'returns 404 if there is no such customer: %s',
    async (path) => expect((await send(`/api/v2/${path}`)).status).toBe(404),
  );

  it('finds customers by the first criterion that is not empty', async () => {
    const both = await send('/api/v2/customers?phone=%2B15550001&email=customer17@example.com');
    expect(both.json).toMatchObject({ results: [{ id: 'c-1' }] });
    const empty = await send('/api/v2/customers?phone=&email=customer17@example.com');
    expect(empty.json).toMatchObject({ results: [{ id: 'c-17' }] });
    expect((await send('/api/v2/customers')).json).toEqual({ results: [] });
  });
});

describe('a changed customer', () => {
  it('shows a change on every route until the change is undone', async () => {
    const { json: before } = await send(ADA);
    expect((await change('c-17', { accountTier: 'Standard', status: 'past_due' })).status).toBe(200);
    expect((await change('c-17', { balance: -0.5 })).json).toMatchObject({ accountTier: 'Standard', balance: -0.5 });
    const expected = { customerId: 'c-17', balance: -0.5, pastDue: true };
    expect((await send('/api/v2/balances?phone=%2B15550017')).json).toMatchObject(expected);
    expect((await send('/sandbox/customers/c-17', { method: 'DELETE' })).json).toEqual(before);
    expect((await send(ADA)).json).toEqual(before);
  });

  it('finds a customer by the new phone only, and by the original one after an undo', async () => {
    await change('c-17', { phone: '+19990001' });
    expect((await search('phone', '+19990001')).json).toMatchObject({ results: [{ id: 'c-17' }] });
    expect((await search('phone', '+15550017')).json).toEqual({ results: [] });
    await send('/sandbox/customers/c-17', { method: 'DELETE' });
    expect((await search('phone', '+19990001')).json).toEqual({ results: [] });
    expect((await search('phone', '+15550017')).json).toMatchObject({ results: [{ id: 'c-17' }] });
  });

  it('refuses an address of another customer, in a change and in an undo', async () => {
    expect(await change('c-17', { phone: '+15550018' })).toMatchObject({
      status: 409,
      json: { error: 'phone: belongs to c-18' },
    });
    await change('c-17', { email: 'ada@example.com' });
    await change('c-18', { email: 'customer17@example.com' });
    expect((await send('/sandbox/customers/c-17', { method: 'DELETE' })).status).toBe(409);
    expect((await search('email', 'customer17@example.com')).json).toMatchObject({ results: [{ id: 'c-18' }] });
  });

  it('accepts values of the wrong type and null in a customer', async () => {
    const odd = { balance: 'much', vip: 'yes', accountTier: null, phone: null };
    expect((await change('c-17', odd)).status).toBe(200);
    expect((await send(ADA)).json).toMatchObject(odd);
    expect((await search('phone', 'null')).json).toEqual({ results: [] });
  });

  it.each([
    [{ teir: 'Trial' }, 'teir'],
    [{ id: 'c-1' }, 'id'],
    [{ notes: { nested: true } }, 'notes'],
    [{ phone: 1 }, 'phone'],
    [{ lastName: 'x'.repeat(201) }, 'lastName'],
  ])('does not change a customer if one field is invalid (%#)', async (bad, key) => {
    const { json: before } = await send(ADA);
    const refused = await change('c-17', { vip: 'changed', ...bad });
    expect(refused.status).toBe(400);
    expect(refused.json.error).toContain(`${key}:`);
    expect((await send(ADA)).json).toEqual(before);
  });

  it('returns 404 for a change of an unknown customer', async () => {
    expect((await change('c-100001', { vip: true })).status).toBe(404);
    expect((await send('/sandbox/customers/nobody', { method: 'DELETE' })).status).toBe(404);
  });

  it('accepts changes of at most 10000 customers', () => {
    const customers = new CustomerRegistry();
    for (let n = 1; n <= 10_000; n += 1) customers.change(`c-${n}`, { vip: true });
    expect(() => customers.change('c-10001', { vip: true })).toThrow(expect.objectContaining({ status: 409 }));
    expect(customers.change('c-1', { vip: false })).toMatchObject({ vip: false });
    customers.undo('c-1');
    expect(customers.change('c-10001', { vip: true })).toMatchObject({ vip: true });
  });

  it('answers with the data at the arrival of the call', async () => {
    await setSwitches({ latencyMs: 2000, latencySigma: 0 });
    const early = send(ADA);
    await until(({ inFlight }) => inFlight === 1);
    await change('c-17', { firstName: 'Augusta' });
    await setSwitches({ latencyMs: 0 });
    expect((await early).json).toMatchObject({ firstName: 'Ada' });
    expect((await send(ADA)).json).toMatchObject({ firstName: 'Augusta' });
  });
});

describe('switches of the sandbox', () => {
  it('shows and merges the switches, and resets them to the initial values', async () => {
    const { json: first } = await send(BEHAVIOUR);
    expect(first).toMatchObject({
      latencyMs: 0,
      latencySigma: 0.2,
      knee: null,
      gamma: 1.6,
      failureStatus: 500,
      seed: 1,
    });
    await setSwitches({ failureStatus: 503, retryAfterS: 7 });
    await setSwitches({ knee: 5 });
    const changed = { ...first, failureStatus: 503, retryAfterS: 7, knee: 5 };
    expect((await send(BEHAVIOUR)).json).toEqual(changed);
    expect((await send(BEHAVIOUR, { method: 'DELETE' })).json).toEqual(first);
  });

  it('has a median service time of 150 ms by default', async () => {
    await restart({});
    expect((await send(BEHAVIOUR)).json).toMatchObject({ latencyMs: 150, hang: false, refuse: false, failureRate: 0 });
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
    ['{"failureStatus":201}', 'failureStatus'],
    ['{"retryAfterS":0.5}', 'retryAfterS'],
    ['{"hang":1}', 'hang'],
    ['{"trickle":"true"}', 'trickle'],
    ['{"closeHalfway":null}', 'closeHalfway'],
    ['{"refuse":[]}', 'refuse'],
    ['{"requireToken":""}', 'requireToken'],
    ['{"seed":-1}', 'seed'],
    ['{"__proto__":{"hang":true}}', '__proto__'],
  ])('changes no switch and names the key with 400: %s', async (body, key) => {
    const { json: before } = await send(BEHAVIOUR);
    const refused = await send(BEHAVIOUR, { method: 'PUT', body: body.replace('{', '{"gamma":2,') });
    expect(refused.status).toBe(400);
    expect(refused.json.error).toContain(`${key}:`);
    expect((await send(BEHAVIOUR)).json).toEqual(before);
  });

  it.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['"hang"', 400],
    [JSON.stringify({ requireToken: 'x'.repeat(20_000) }), 413],
  ])('refuses a body that is no JSON object or too long (%#)', async (body, status) => {
    expect((await send(BEHAVIOUR, { method: 'PUT', body })).status).toBe(status);
  });

  it('does not start with an invalid switch', async () => {
    await expect(startSandbox({ port: 0, behaviour: { failureRate: 2 } })).rejects.toThrow('failureRate:');
  });

  it('delays every call by its service time: latencyMs', async () => {
    await setSwitches({ latencyMs: 200, latencySigma: 0 });
    expect(await durationMs(() => send(ADA))).toBeGreaterThan(190);
  });

  it('slows a call that arrives above the knee: knee, gamma', async () => {
    await setSwitches({ hang: true });
    const hung = [open(ADA), open(ADA)];
    await until(({ inFlight }) => inFlight === 2);
    await setSwitches({ hang: false, latencyMs: 50, latencySigma: 0, knee: 1, gamma: 2 });
    expect(await durationMs(() => send(ADA))).toBeGreaterThan(9 * 50 - 10);
    for (const call of hung) call.destroy();
  });

  it('fails with the demanded status and header: failureRate, failureStatus, retryAfterS', async () => {
    await setSwitches({ failureRate: 1, failureStatus: 429 });
    const plain = await send(ADA);
    expect(plain.status).toBe(429);
    expect(plain.headers).not.toHaveProperty('retry-after');
    await setSwitches({ retryAfterS: 3 });
    expect((await send(ADA)).headers).toHaveProperty('retry-after', '3');
    expect(await stats()).toMatchObject({ calls: 2, failures: 2, aborted: 0, inFlight: 0 });
  });

  it('repeats a run with the same seed: seed', async () => {
    await setSwitches({ failureRate: 0.5, seed: 7 });
    const run = await statuses(40);
    expect(new Set(run)).toEqual(new Set([200, 500]));
    await setSwitches({ seed: 7 });
    expect(await statuses(40)).toEqual(run);
    await setSwitches({ seed: 8 });
    expect(await statuses(40)).not.toEqual(run);
  });

  it('keeps the outcomes of later calls if another switch changes', async () => {
    await setSwitches({ failureRate: 0.5, seed: 7 });
    const run = await statuses(20);
    await setSwitches({ requireToken: 'secret', seed: 7 });
    await statuses(10);
    await setSwitches({ requireToken: null, latencySigma: 0 });
    expect(await statuses(10)).toEqual(run.slice(10));
  });

  it('accepts a call and never answers it: hang', async () => {
    await setSwitches({ hang: true });
    const call = open(ADA);
    await until(({ inFlight }) => inFlight === 1);
    await setSwitches({ hang: false });
    expect((await send(ADA)).status).toBe(200);
    expect(await stats()).toMatchObject({ inFlight: 1, aborted: 0 });
    call.destroy();
    await until(({ inFlight, aborted }) => inFlight === 0 && aborted === 1);
  });

  it('sends the answer byte by byte: trickle', async () => {
    await setSwitches({ trickle: true });
    const answer = await responseOf(open('/api/v2/customers'));
    const lengths: number[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) lengths.push(chunk.length);
    expect(answer.headers).toHaveProperty('transfer-encoding', 'chunked');
    expect(lengths).toEqual(Array.from({ length: '{"results":[]}'.length }, () => 1));
    expect(await stats()).toMatchObject({ calls: 1, inFlight: 0, aborted: 0, failures: 0 });
  });

  it('closes the socket in the middle of the announced body: closeHalfway', async () => {
    const { text } = await send(ADA);
    await setSwitches({ closeHalfway: true });
    const answer = await responseOf(open(ADA));
    expect(answer.headers).toHaveProperty('content-length', String(text.length));
    let received = '';
    const reading = (async () => {
      for await (const chunk of answer as AsyncIterable<Buffer>) received += chunk.toString();
    })();
    await expect(reading).rejects.toThrow('aborted');
    expect(received).toBe(text.slice(0, Math.floor(text.length / 2)));
    expect(await stats()).toMatchObject({ calls: 2, failures: 1, aborted: 0, inFlight: 0 });
  });

  it('destroys the socket of each call immediately: refuse', async () => {
    await setSwitches({ refuse: true, latencyMs: 60_000 });
    await expect(send(ADA)).rejects.toThrow('socket hang up');
    expect(await stats()).toMatchObject({ calls: 1, failures: 1, aborted: 0, inFlight: 0 });
  });

  it('requires the token, or no token if the switch is null: requireToken', async () => {
    expect((await send(ADA, { authorization: 'Basic bm8=' })).status).toBe(200);
    await setSwitches({ requireToken: 'secret' });
    expect(await send(ADA)).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect((await send(ADA, { authorization: 'Bearer other' })).status).toBe(401);
    expect((await send(ADA, { authorization: 'Bearer secret' })).status).toBe(200);
    expect((await send(STATS)).status).toBe(200);
  });
});

describe('counters of the sandbox', () => {
  it('counts only calls of the CRM routes', async () => {
    await send(ADA);
    await send('/api/v2/customers/nobody');
    await search('phone', '+15550017');
    await send('/api/v2/customer-status');
    await send('/api/v2/balances');
    for (const path of ['/', '/api/v2/orders', '/api/v2/customers/', '/api/v2/customers/c-1/orders', '/sandbox/no']) {
      expect((await send(path)).status).toBe(404);
    }
    const post = await send('/api/v2/customers', { method: 'POST', body: '{}' });
    expect(post).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await send(STATS, { method: 'PUT' })).toMatchObject({ status: 405, headers: { allow: 'GET, DELETE' } });
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

  it('keeps an aborted call in flight until its service time is over', async () => {
    await setSwitches({ latencyMs: 60_000, latencySigma: 0 });
    const long = open(ADA);
    await until(({ calls }) => calls === 1);
    long.destroy();
    await until(({ aborted }) => aborted === 1);
    expect(await stats()).toMatchObject({ calls: 1, inFlight: 1 });
    await setSwitches({ latencyMs: 2000 });
    const short = open(ADA);
    await until(({ calls }) => calls === 2);
    short.destroy();
    await until(({ aborted, inFlight }) => aborted === 2 && inFlight === 1);
  });

  it('counts a call as aborted if its caller leaves during the answer', async () => {
    await setSwitches({ trickle: true });
    const answer = await responseOf(open(ADA));
    await once(answer, 'data');
    answer.destroy();
    await until(({ aborted, inFlight }) => aborted === 1 && inFlight === 0);
  });

  it('reports the peak of calls in flight, and keeps running calls in a reset', async () => {
    await setSwitches({ hang: true });
    const calls = [open(ADA), open(ADA), open(ADA)];
    await until(({ inFlight }) => inFlight === 3);
    calls[0]?.destroy();
    await until(({ inFlight }) => inFlight === 2);
    expect(await stats()).toMatchObject({ calls: 3, peakInFlight: 3, aborted: 1 });
    const reset = await send(STATS, { method: 'DELETE' });
    expect(reset.json).toMatchObject({ calls: 0, inFlight: 2, peakInFlight: 2, aborted: 0, failures: 0 });
    expect(reset.json.byRoute).toMatchObject({ '/api/v2/customers/:id': 0 });
    calls[1]?.destroy();
    await until(({ inFlight, aborted }) => inFlight === 1 && aborted === 1);
  });

  it('counts a thousand concurrent calls correctly', async () => {
    await setSwitches({ latencyMs: 500, latencySigma: 0 });
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => send(`/api/v2/customers/c-${i + 1}`)));
    expect(answers.every(({ status, json }, i) => status === 200 && json.id === `c-${i + 1}`)).toBe(true);
    expect(await stats()).toMatchObject({ calls: 1000, inFlight: 0, aborted: 0 });
  });
});

describe('close of the sandbox', () => {
  it.each([
    ['slow', { latencyMs: 60_000 }],
    ['hung', { hang: true }],
    ['trickling', { latencyMs: 0, trickle: true }],
  ])('ends a %s call and leaves no socket or timer open', async (_name, behaviour) => {
    await sandbox.close();
    const before = await openHandles();
    await restart(behaviour);
    const call = open(ADA);
    const left = open(ADA);
    const idle = connect(sandbox.port, '127.0.0.1');
    await until(({ calls }) => calls === 2);
    left.destroy();
    await until(({ aborted }) => aborted === 1);
    const gone = Promise.all([closeOf(call), closeOf(idle)]);
    await Promise.all([sandbox.close(), sandbox.close()]);
    await gone;
    expect(await openHandles()).toEqual(before);
  });

  it('frees the port, and accepts a second close', async () => {
    const { port } = sandbox;
    await sandbox.close();
    await sandbox.close();
    const next = await startSandbox({ port });
    expect(next.port).toBe(port);
    await next.close();
  });

  it('rejects a start on a port in use', async () => {
    await expect(startSandbox({ port: sandbox.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('service time of the sandbox', () => {
  const switches = { latencyMs: 100, latencySigma: 0, knee: 10, gamma: 2 };

  it('keeps the service time constant up to the knee, then raises it by the power gamma', () => {
    expect([1, 10, 20, 30].map((inFlight) => serviceTimeMs(switches, inFlight, 0))).toEqual([100, 100, 400, 900]);
    expect(serviceTimeMs({ ...switches, knee: null }, 1000, 0)).toBe(100);
  });

  it('limits the service time to what a timer can hold', () => {
    expect(serviceTimeMs({ latencyMs: 60_000, latencySigma: 3, knee: 1, gamma: 10 }, 100_000, 8)).toBe(600_000);
  });

  it('distributes service times log-normally around the median', () => {
    const random = seededRandom(3);
    const times = Array.from({ length: 20_000 }, () =>
      serviceTimeMs({ ...switches, latencySigma: 0.5 }, 1, standardNormal(random(), random())),
    );
    const quantile = (share: number): number => times.toSorted((a, b) => a - b)[Math.floor(share * times.length)] ?? 0;
    expect(quantile(0.5) / 100).toBeCloseTo(1, 1);
    expect(quantile(0.8413) / 100).toBeCloseTo(Math.exp(0.5), 1);
    expect(quantile(0.1587) / 100).toBeCloseTo(Math.exp(-0.5), 1);
  });
});

describe('process of the sandbox', () => {
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

  it.each(['SIGTERM', 'SIGINT'] as const)('prints its address in one line, and exits with 0 on %s', async (signal) => {
    const child = startAlone(0);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(line.toString()).toMatch(/^Sandbox CRM at http:\/\/127\.0\.0\.1:\d+; .*latencyMs.*seed\n$/);
    const url = /http:\S+(?=;)/.exec(line.toString())?.[0] ?? '';
    expect((await send(BEHAVIOUR, { at: { url } })).json).toMatchObject({ latencyMs: 150, latencySigma: 0.2 });
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['a port in use', () => sandbox.port, 'is in use; set SANDBOX_PORT'],
    ['an invalid port', () => 'http', 'SANDBOX_PORT is "http"; allowed: 0 to 65535'],
  ])('exits with 1 and prints one line on %s', async (_name, port, reason) => {
    const child = startAlone(port());
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // Unlike `exit`, `close` comes after the whole output has been read.
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(output).toContain(reason);
    expect(output.trimEnd().split('\n')).toHaveLength(1);
  });

  it('sends its address to its parent if its port is in use, and ends with the parent', async () => {
    const { child, url } = await startForked(sandbox.port);
    expect(url).not.toBe(sandbox.url);
    expect((await send(STATS, { at: { url } })).status).toBe(200);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ignores SIGINT as a child process and ends on SIGTERM', async () => {
    const { child, url } = await startForked(0);
    child.kill('SIGINT');
    expect((await send(STATS, { at: { url } })).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  function startAlone(port: number | string) {
    const child = spawn(process.execPath, [join(build, 'main.js')], { env: environment(port), stdio: 'pipe' });
    children.push(child);
    return child;
  }

  async function startForked(port: number): Promise<{ child: ChildProcess; url: string }> {
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

/** Closes the running sandbox and starts a new one. */
async function restart(behaviour: NonNullable<SandboxOptions['behaviour']>): Promise<void> {
  const running = sandbox as Sandbox | undefined;
  await running?.close();
  sandbox = await startSandbox({ port: 0, behaviour });
}

interface RequestOptions {
  readonly method?: string;
  readonly body?: string;
  readonly authorization?: string;
  readonly at?: { readonly url: string };
}

/** Sends the request on a separate connection. An error event needs no listener. */
function open(path: string, { method = 'GET', body, authorization, at = sandbox }: RequestOptions = {}): ClientRequest {
  const headers = authorization === undefined ? {} : { authorization };
  const call = request(at.url + path, { method, headers, agent: false });
  call.on('error', () => undefined);
  call.end(body);
  return call;
}

async function responseOf(call: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return answer;
}

async function send(path: string, options?: RequestOptions): Promise<HttpAnswer> {
  const answer = await responseOf(open(path, options));
  const chunks = (await answer.toArray()) as Buffer[];
  const text = Buffer.concat(chunks).toString();
  const json = JSON.parse(text) as Record<string, unknown>;
  return { status: answer.statusCode ?? 0, headers: answer.headers, text, json };
}

function search(field: 'phone' | 'email', value: string): Promise<HttpAnswer> {
  return send(`/api/v2/customers?${field}=${encodeURIComponent(value)}`);
}

function change(id: string, record: object): Promise<HttpAnswer> {
  return send(`/sandbox/customers/${id}`, { method: 'PUT', body: JSON.stringify(record) });
}

async function setSwitches(switches: object): Promise<void> {
  const answer = await send(BEHAVIOUR, { method: 'PUT', body: JSON.stringify(switches) });
  expect(answer).toMatchObject({ status: 200, json: switches });
}

async function stats(): Promise<Stats> {
  return (await send(STATS)).json as unknown as Stats;
}

/** Reads the counters until `condition` holds. The time limit of the test ends the wait. */
async function until(condition: (now: Stats) => boolean): Promise<void> {
  while (!condition(await stats()));
}

async function statuses(calls: number): Promise<number[]> {
  const list: number[] = [];
  for (let i = 0; i < calls; i += 1) list.push((await send(ADA)).status);
  return list;
}

async function durationMs(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Resolves on `close`, also after an error, where `once` would reject. */
function closeOf(emitter: ClientRequest | Socket): Promise<void> {
  return new Promise((resolve) => emitter.once('close', resolve));
}

/**
 * Returns the kinds of open timers and sockets in this process. A closed handle leaves the list at
 * the end of an event-loop tick, after the immediates. So the second immediate no longer sees it.
 */
async function openHandles(): Promise<string[]> {
  await setImmediate();
  await setImmediate();
  const kinds = process.getActiveResourcesInfo();
  return kinds.filter((kind) => /^(Timeout|TCP)/.test(kind)).sort();
}
