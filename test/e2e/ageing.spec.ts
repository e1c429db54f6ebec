import { describe, expect, it } from '@jest/globals';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { newPhone, onStage } from './stage.js';

const GRACE = { ...ADA, firstName: 'Grace', lastName: 'Hopper' };
const GRACE_ANSWER = { ...ADA_ANSWER, displayName: 'Grace Hopper' };

describe('an entry past its time', () => {
  const stage = onStage({ cache: { ttlMs: 150, staleMs: 3_600_000 } });

  it('is answered as stale at once, while the origin is asked behind the answer', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    const hold = stage.origin.hold();
    const stale = await stage.askUntil('stale', { ani });
    await hold.arrived(1);
    hold.open();

    expect(stale.status).toBe(200);
    expect(stale.headers['x-cache']).toBe('STALE');
    expect(stale.json).toEqual({
      ...ADA_ANSWER,
      source: 'stale',
      cacheHit: true,
      latencyMs: expect.any(Number),
      error: '',
    });
  });

  it('is refreshed once, however many read it, and the next reader has the new value', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.answer({ results: [GRACE] });
    const hold = stage.origin.hold();
    await stage.askUntil('stale', { ani });
    await hold.arrived(1);
    const readers = await Promise.all(Array.from({ length: 30 }, () => stage.ask({ ani })));

    for (const { json } of readers) expect(json).toMatchObject({ ...ADA_ANSWER, source: 'stale' });
    expect(stage.origin.count).toBe(2);
    hold.open();
    await eventually(async () => expect((await stage.ask({ ani })).json).toMatchObject(GRACE_ANSWER));
  });

  it('is still answered while the origin is sick', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.fail(503);
    await stage.askUntil('stale', { ani });
    await eventually(() => expect(stage.origin.count).toBeGreaterThan(1));

    for (let reader = 0; reader < 5; reader++)
      expect((await stage.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'stale', error: '' });
  });

  it('is replaced by "not found" when the origin no longer knows the caller', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.answer({ results: [] });

    await eventually(async () => expect((await stage.ask({ ani })).json).toMatchObject(DEFAULT_ANSWER));
  });
});

describe('an entry past its stale time', () => {
  const stage = onStage({ cache: { ttlMs: 50, staleMs: 50 } });

  it('is not usable any more', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.fail(503);

    const { json } = await stage.askUntil('degraded', { ani });
    expect(json).toMatchObject({ ...DEFAULT_ANSWER, error: 'origin_error' });
  });
});

describe('an entry without stale time', () => {
  const stage = onStage({ cache: { ttlMs: 100, staleMs: 0 } });

  it('is never answered past its TTL', async () => {
    const ani = newPhone();
    const seen = new Set<unknown>([(await stage.ask({ ani })).json?.source]);
    await eventually(async () => {
      seen.add((await stage.ask({ ani })).json?.source);
      expect(stage.origin.count).toBeGreaterThan(2);
    });

    expect(seen).not.toContain('stale');
    expect(seen).not.toContain('degraded');
  });
});

describe('that a caller is unknown', () => {
  const stage = onStage({ cache: { ttlMs: 300_000, notFoundTtlMs: 100, staleMs: 3_600_000 } });

  it('is remembered for a time of its own, and never stale', async () => {
    const ani = newPhone();
    stage.origin.answer({ results: [] });
    const seen = new Set<unknown>([(await stage.ask({ ani })).json?.source]);
    stage.origin.answer({ results: [ADA] });
    await eventually(async () => {
      const { json } = await stage.ask({ ani });
      seen.add(json?.source);
      expect(json).toMatchObject(ADA_ANSWER);
    });

    expect(seen).not.toContain('stale');
    expect(stage.origin.count).toBe(2);
    expect((await stage.askUntil('cache', { ani })).json).toMatchObject(ADA_ANSWER);
  });
});

describe('that a caller is unknown, declared not to be remembered,', () => {
  const stage = onStage({ cache: { notFoundTtlMs: 0 } });

  it('is asked of the origin each time', async () => {
    const ani = newPhone();
    stage.origin.answer({ results: [] });
    for (let call = 1; call <= 3; call++) {
      expect((await stage.ask({ ani })).json).toMatchObject({ ...DEFAULT_ANSWER, source: 'origin', error: '' });
      expect(stage.origin.count).toBe(call);
    }
  });
});
