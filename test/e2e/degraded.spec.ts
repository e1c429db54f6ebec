import { describe, expect, it } from '@jest/globals';
import { InFlight } from '../../src/platform/lifecycle/in-flight.js';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { newPhone, onStage } from './stage.js';

const DEADLINE_MS = 1000;
/** A failed key is left alone for 250 ms at first, less up to a fifth. */
const SHORTEST_PAUSE_MS = 200;
/** What a busy machine may add to a timer; half of what the origin would be waited for. */
const PATIENCE_MS = 10_000;

describe('with nothing usable, an origin', () => {
  const stage = onStage({ system: { timeoutMs: 3000 } }, { DEADLINE_MS: '20000' });

  it.each([
    ['that answers 500', 'origin_error', () => stage.origin.fail(500)],
    ['that answers 503', 'origin_error', () => stage.origin.fail(503)],
    ['that refuses our credentials', 'origin_error', () => stage.origin.fail(401)],
    ['that answers 400', 'origin_error', () => stage.origin.fail(400)],
    ['that breaks off in the middle', 'origin_error', () => stage.origin.closeHalfway()],
    ['that never answers', 'origin_timeout', () => stage.origin.hang()],
    ['that answers without an end', 'origin_timeout', () => stage.origin.trickle(20)],
  ])('%s makes a degraded answer, %s, of one call', async (_, error, misbehave) => {
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
  ])('that answers %s with Retry-After is left alone for as long, whatever it is asked for', async (status, error) => {
    stage.origin.fail(status, { 'retry-after': '4' });
    expect((await stage.ask({ ani: newPhone() })).json).toMatchObject({ source: 'degraded', error });
    const others = await Promise.all(Array.from({ length: 5 }, () => stage.ask({ ani: newPhone() })));

    for (const { json } of others) expect(json).toMatchObject({ source: 'degraded', error: 'origin_rate_limited' });
    expect(stage.origin.count).toBe(1);
    stage.origin.answer({ results: [ADA] });
    await stage.askUntil('origin', { ani: newPhone() });
  });

  it('that is asked by many at a time and fails is asked once', async () => {
    const ani = newPhone();
    stage.origin.fail(500);
    const hold = stage.origin.hold();
    const asked = Array.from({ length: 20 }, () => stage.ask({ ani }));
    await hold.arrived(1);
    await eventually(() => expect(stage.app.app.get(InFlight).count).toBeGreaterThanOrEqual(20));
    hold.open();

    for (const { json } of await Promise.all(asked)) expect(json).toMatchObject({ error: 'origin_error' });
    expect(stage.origin.count).toBe(1);
  });

  it('that fails is left alone for a moment, however often it is asked for', async () => {
    const ani = newPhone();
    stage.origin.fail(500);
    const startMs = performance.now();
    for (let asked = 0; asked < 50; asked++)
      expect((await stage.ask({ ani })).json).toMatchObject({ source: 'degraded', error: 'origin_error' });
    const tookMs = performance.now() - startMs;

    expect(stage.origin.count).toBeLessThanOrEqual(1 + tookMs / SHORTEST_PAUSE_MS);
  });

  it('that has recovered is asked again', async () => {
    const ani = newPhone();
    stage.origin.fail(500);
    await stage.ask({ ani });
    stage.origin.answer({ results: [ADA] });

    const { json } = await stage.askUntil('origin', { ani });
    expect(json).toMatchObject(ADA_ANSWER);
  });
});

describe('when the deadline comes before the origin', () => {
  const stage = onStage({ system: { timeoutMs: 20_000 } }, { DEADLINE_MS: String(DEADLINE_MS) });

  it('the caller waits no longer, and no shorter', async () => {
    const hold = stage.origin.hold();
    const { json, headers, status, elapsedMs } = await stage.ask({ ani: newPhone() });
    hold.open();

    expect(status).toBe(200);
    expect(headers['x-cache']).toBe('DEGRADED');
    expect(json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_timeout' });
    expect(elapsedMs).toBeGreaterThanOrEqual(DEADLINE_MS - 10);
    expect(elapsedMs).toBeLessThan(DEADLINE_MS + PATIENCE_MS);
  });

  it('whoever joined later waits no longer than its own deadline', async () => {
    const ani = newPhone();
    const hold = stage.origin.hold();
    const first = stage.ask({ ani });
    await hold.arrived(1);
    await first;
    const { json, elapsedMs } = await stage.ask({ ani });
    hold.open();

    expect(json).toMatchObject({ source: 'degraded', error: 'origin_timeout' });
    expect(elapsedMs).toBeLessThan(DEADLINE_MS + PATIENCE_MS);
    expect(stage.origin.count).toBe(1);
  });

  it('the late answer is kept for the next caller', async () => {
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

  it('makes degraded answers until it is back', async () => {
    const ani = newPhone();
    await stage.origin.refuse();
    const away = await stage.ask({ ani });
    await stage.origin.listen();

    expect(away.json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' });
    expect((await stage.askUntil('origin', { ani })).json).toMatchObject(ADA_ANSWER);
  });
});
