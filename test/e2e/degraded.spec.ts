import { describe, expect, it } from '@jest/globals';
import { InFlight } from '../../src/platform/lifecycle/in-flight.js';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { newPhone, onStage } from './stage.js';

const DEADLINE_MS = 1000;
/** The first backoff of a failed key is 250 ms, shortened by at most a fifth. */
const SHORTEST_PAUSE_MS = 200;
/** A busy machine may delay a timer by this much: half the timeout of the origin. */
const TIMER_SLACK_MS = 10_000;

const utc = (ms: number): string => new Date(ms).toUTCString();
/** As the function of the same name in C: `Thu Jan  1 00:01:04 1970`. */
const asctime = (ms: number): string =>
  utc(ms).replace(/^(\w+), 0?(\d+) (\w+) (\d+) (\S+) GMT$/, (_, ...[name, day, month, year, time]: string[]) =>
    [name, month, day?.padStart(2), time, year].join(' '),
  );

describe('a failing origin, without a stored entry', () => {
  const stage = onStage({ system: { timeoutMs: 3000 } }, { DEADLINE_MS: '20000' });

  it.each([
    ['answers 500', 'origin_error', () => stage.origin.fail(500)],
    ['answers 503', 'origin_error', () => stage.origin.fail(503)],
    ['refuses the credentials', 'origin_error', () => stage.origin.fail(401)],
    ['answers 400', 'origin_error', () => stage.origin.fail(400)],
    ['closes the connection in the middle of its answer', 'origin_error', () => stage.origin.closeHalfway()],
    ['never answers', 'origin_timeout', () => stage.origin.hang()],
    ['never ends its answer', 'origin_timeout', () => stage.origin.trickle(20)],
  ])('answers degraded after one call when the origin %s: %s', async (_, error, misbehave) => {
    misbehave();
    const answer = await stage.ask({ ani: newPhone() });

    expect(answer.status).toBe(200);
    expect(answer.headers['x-cache']).toBe('DEGRADED');
    expect(answer.json).toEqual({
      ...DEFAULT_ANSWER,
      source: 'degraded',
      cacheHit: false,
      latencyMs: expect.any(Number),
      error,
    });
    expect(stage.origin.count).toBe(1);
  });

  it.each([
    [429, 'origin_rate_limited'],
    [503, 'origin_error'],
  ])('calls no origin that answered %s for three callers before its Retry-After is over', async (status, error) => {
    stage.origin.fail(status, { 'retry-after': '4' });
    for (let caller = 0; caller < 3; caller++)
      expect((await stage.ask({ ani: newPhone() })).json).toMatchObject({ source: 'degraded', error });
    const others = await Promise.all(Array.from({ length: 5 }, () => stage.ask({ ani: newPhone() })));

    for (const { json } of others) expect(json).toMatchObject({ source: 'degraded', error: 'origin_rate_limited' });
    expect(stage.origin.count).toBe(3);
    stage.origin.answer({ results: [ADA] });
    await stage.askUntil('origin', { ani: newPhone() });
  });

  it.each<[string, () => Record<string, string>]>([
    ['a fraction', () => ({ 'retry-after': '3.5' })],
    ['a date that is close by the clock of the origin', () => ({ 'retry-after': utc(64_000), date: utc(60_000) })],
    ['a date of the form asctime', () => ({ 'retry-after': asctime(64_000), date: utc(60_000) })],
  ])('obeys a Retry-After that is %s', async (_, headers) => {
    stage.origin.fail(429, headers());
    for (let caller = 0; caller < 3; caller++) await stage.ask({ ani: newPhone() });
    const others = await Promise.all(Array.from({ length: 5 }, () => stage.ask({ ani: newPhone() })));

    for (const { json } of others) expect(json).toMatchObject({ source: 'degraded', error: 'origin_rate_limited' });
    expect(stage.origin.count).toBe(3);
    stage.origin.answer({ results: [ADA] });
    await stage.askUntil('origin', { ani: newPhone() });
  });

  it('calls a failing origin once for 20 concurrent requests', async () => {
    const ani = newPhone();
    stage.origin.fail(500);
    const hold = stage.origin.hold();
    const requests = Array.from({ length: 20 }, () => stage.ask({ ani }));
    await hold.arrived(1);
    await eventually(() => expect(stage.app.app.get(InFlight).count).toBeGreaterThanOrEqual(20));
    hold.open();

    for (const { json } of await Promise.all(requests)) expect(json).toMatchObject({ error: 'origin_error' });
    expect(stage.origin.count).toBe(1);
  });

  it('backs off from a failing origin however often a key is requested', async () => {
    const ani = newPhone();
    stage.origin.fail(500);
    const startMs = performance.now();
    for (let request = 0; request < 50; request++)
      expect((await stage.ask({ ani })).json).toMatchObject({ source: 'degraded', error: 'origin_error' });
    const tookMs = performance.now() - startMs;

    expect(stage.origin.count).toBeLessThanOrEqual(1 + tookMs / SHORTEST_PAUSE_MS);
  });

  it('calls an origin again after it has recovered', async () => {
    const ani = newPhone();
    stage.origin.fail(500);
    await stage.ask({ ani });
    stage.origin.answer({ results: [ADA] });

    const { json } = await stage.askUntil('origin', { ani });
    expect(json).toMatchObject(ADA_ANSWER);
  });
});

describe('a deadline that ends before the origin answers', () => {
  const stage = onStage({ system: { timeoutMs: 20_000 } }, { DEADLINE_MS: String(DEADLINE_MS) });

  it('answers degraded at the deadline, not later and not earlier', async () => {
    const hold = stage.origin.hold();
    const { json, headers, status, elapsedMs } = await stage.ask({ ani: newPhone() });
    hold.open();

    expect(status).toBe(200);
    expect(headers['x-cache']).toBe('DEGRADED');
    expect(json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_timeout' });
    expect(elapsedMs).toBeGreaterThanOrEqual(DEADLINE_MS - 10);
    expect(elapsedMs).toBeLessThan(DEADLINE_MS + TIMER_SLACK_MS);
  });

  it('answers a request that joined a running load at its own deadline', async () => {
    const ani = newPhone();
    const hold = stage.origin.hold();
    const first = stage.ask({ ani });
    await hold.arrived(1);
    await first;
    const { json, elapsedMs } = await stage.ask({ ani });
    hold.open();

    expect(json).toMatchObject({ source: 'degraded', error: 'origin_timeout' });
    expect(elapsedMs).toBeLessThan(DEADLINE_MS + TIMER_SLACK_MS);
    expect(stage.origin.count).toBe(1);
  });

  it('stores the late answer of the origin for the next request', async () => {
    const ani = newPhone();
    const hold = stage.origin.hold();
    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'degraded' });
    hold.open();

    expect((await stage.askUntil('cache', { ani })).json).toMatchObject(ADA_ANSWER);
    expect(stage.origin.count).toBe(1);
  });
});

describe('an origin that refuses connections', () => {
  const stage = onStage();

  it('answers degraded until the origin accepts connections again', async () => {
    const ani = newPhone();
    await stage.origin.refuse();
    const unreachable = await stage.ask({ ani });
    await stage.origin.listen();

    expect(unreachable.json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' });
    expect((await stage.askUntil('origin', { ani })).json).toMatchObject(ADA_ANSWER);
  });
});
