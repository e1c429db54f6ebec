import { describe, expect, it } from '@jest/globals';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { newPhone, onStage } from './stage.js';

const GRACE = { ...ADA, firstName: 'Grace', lastName: 'Hopper' };
const GRACE_ANSWER = { ...ADA_ANSWER, displayName: 'Grace Hopper' };

describe('an entry older than its TTL', () => {
  const stage = onStage({ cache: { ttlMs: 150, staleMs: 3_600_000 } });

  it('answers a stale entry at once and refreshes it behind the answer', async () => {
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

  it('refreshes a stale entry once for 30 concurrent readers, and answers the next one with the new value', async () => {
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

  it('answers a stale entry while the origin fails', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.fail(503);
    await stage.askUntil('stale', { ani });
    await eventually(() => expect(stage.origin.count).toBeGreaterThan(1));

    for (let reader = 0; reader < 5; reader++)
      expect((await stage.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'stale', error: '' });
  });

  it('replaces a stale entry with "not found" when the origin no longer knows the caller', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.answer({ results: [] });

    await eventually(async () => expect((await stage.ask({ ani })).json).toMatchObject(DEFAULT_ANSWER));
  });
});

describe('an entry past its stale time', () => {
  const stage = onStage({ cache: { ttlMs: 50, staleMs: 50 } });

  it('answers with the defaults when the origin fails and the stale time of the entry is over', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.fail(503);

    const { json } = await stage.askUntil('degraded', { ani });
    expect(json).toMatchObject({ ...DEFAULT_ANSWER, error: 'origin_error' });
  });
});

describe('an entry without stale time', () => {
  const stage = onStage({ cache: { ttlMs: 100, staleMs: 0 } });

  it('answers no entry older than its TTL when the stale time is 0', async () => {
    const ani = newPhone();
    const sources = new Set<unknown>([(await stage.ask({ ani })).json?.source]);
    await eventually(async () => {
      sources.add((await stage.ask({ ani })).json?.source);
      expect(stage.origin.count).toBeGreaterThan(2);
    });

    expect(sources).not.toContain('stale');
    expect(sources).not.toContain('degraded');
  });
});

describe('a "not found" entry', () => {
  const stage = onStage({ cache: { ttlMs: 300_000, notFoundTtlMs: 100, staleMs: 3_600_000 } });

  it('expires after the TTL for "not found" and is never answered as stale', async () => {
    const ani = newPhone();
    stage.origin.answer({ results: [] });
    const sources = new Set<unknown>([(await stage.ask({ ani })).json?.source]);
    stage.origin.answer({ results: [ADA] });
    await eventually(async () => {
      const { json } = await stage.ask({ ani });
      sources.add(json?.source);
      expect(json).toMatchObject(ADA_ANSWER);
    });

    expect(sources).not.toContain('stale');
    expect(stage.origin.count).toBe(2);
    expect((await stage.askUntil('cache', { ani })).json).toMatchObject(ADA_ANSWER);
  });
});

describe('a "not found" entry with a TTL of 0', () => {
  const stage = onStage({ cache: { notFoundTtlMs: 0 } });

  it('calls the origin for each request when "not found" is not stored', async () => {
    const ani = newPhone();
    stage.origin.answer({ results: [] });
    for (let call = 1; call <= 3; call++) {
      expect((await stage.ask({ ani })).json).toMatchObject({ ...DEFAULT_ANSWER, source: 'origin', error: '' });
      expect(stage.origin.count).toBe(call);
    }
  });
});
