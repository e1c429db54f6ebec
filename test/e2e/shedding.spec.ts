import { describe, expect, it } from '@jest/globals';
import { ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, type HttpAnswer } from '../support/http.js';
import { newPhone, onStage, type Stage } from './stage.js';

/** Long enough for a busy machine, and far below the deadline of 30 s. */
const AT_ONCE_MS = 10_000;
const LONG_DEADLINE = { DEADLINE_MS: '30000' };
const SLOW = { timeoutMs: 60_000 };

/** The number of shed calls with these labels, read from the metrics. */
async function shedCount(stage: Stage, reason: string, priority: string): Promise<number> {
  const { text } = await stage.get('/metrics');
  const line = `datadip_shed_total{system="crm",reason="${reason}",priority="${priority}"}`;
  return Number(
    text
      .split('\n')
      .find((found) => found.startsWith(line))
      ?.slice(line.length) ?? 0,
  );
}

describe('an origin at its concurrency limit', () => {
  const limits = { maxConcurrent: 1, queueMs: 0 };
  const stage = onStage({ system: { ...SLOW, limits }, cache: { ttlMs: 100, staleMs: 0 } }, LONG_DEADLINE);

  it('answers degraded at once when the origin is at its limit, and stores no entry', async () => {
    const hold = stage.origin.hold();
    const first = stage.ask({ ani: newPhone() });
    await hold.arrived(1);
    const ani = newPhone();
    const shed = await stage.ask({ ani });

    expect(shed.status).toBe(200);
    expect(shed.headers['x-cache']).toBe('DEGRADED');
    expect(shed.json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'shed' });
    expect(shed.elapsedMs).toBeLessThan(AT_ONCE_MS);
    expect(await shedCount(stage, 'queue', 'ivr')).toBe(1);
    hold.open();
    await first;
    expect((await stage.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
  });

  it('answers the last good value after its stale time when the origin is at its limit', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani }).catch(() => undefined);
    const hold = stage.origin.hold();
    const first = stage.ask({ ani: newPhone() });
    await hold.arrived(1);
    const answer = await stage.askUntil('stale', { ani });

    expect(answer.json).toMatchObject({ ...ADA_ANSWER, cacheHit: true, error: '' });
    expect(answer.headers['x-cache']).toBe('STALE');
    hold.open();
    await first;
    expect((await stage.askUntil('origin', { ani })).json).toMatchObject(ADA_ANSWER);
  });

  it('logs shed calls without personal data', () => {
    const lines = stage.app.logs.filter(({ msg }) => msg === 'calls shed');
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(lines)).not.toContain('1555');
  });
});

describe('a refresh behind a stale answer', () => {
  const limits = { maxConcurrent: 2, queueMs: 0 };
  const stage = onStage({ system: { ...SLOW, limits }, cache: { ttlMs: 50, staleMs: 60_000 } }, LONG_DEADLINE);

  it('sheds the refresh of a stale entry first, as background work', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    const hold = stage.origin.hold();
    const first = stage.ask({ ani: newPhone() });
    await hold.arrived(1);
    await stage.askUntil('stale', { ani });
    await eventually(async () => expect(await shedCount(stage, 'concurrency', 'background')).toBeGreaterThan(0));

    expect(stage.origin.count).toBe(2);
    hold.open();
    await first;
  });
});

describe('a caller over its limits', () => {
  const callers = {
    flow: { apiKeys: ['key-of-the-flow'], tenants: ['10001'], scopes: ['lookup'], limits: { maxPerSecond: 3 } },
    desk: { apiKeys: ['key-of-the-desk'], tenants: ['10001'], scopes: ['lookup'], limits: { maxConcurrent: 1 } },
  };
  const stage = onStage({ callers });
  const as = (key: string, ani: string): Promise<HttpAnswer> =>
    stage.ask({ ani }, { headers: { 'x-api-key': `key-of-the-${key}` } });

  it('refuses a caller over its rate limit with 429 and a Retry-After', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => as('flow', '15550017')));
    const refused = answers.filter(({ status }) => status === 429);

    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused[0]?.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(refused[0]?.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused[0]?.json).toMatchObject({ code: 'too_many_requests' });
    expect(answers.some(({ status }) => status === 200)).toBe(true);
  });

  it('admits a caller at its concurrency limit again when its request has been answered', async () => {
    const hold = stage.origin.hold();
    const first = as('desk', newPhone());
    await hold.arrived(1);
    expect((await as('desk', newPhone())).status).toBe(429);
    hold.open();
    expect((await first).status).toBe(200);
    await eventually(async () => expect((await as('desk', newPhone())).status).toBe(200));
  });
});

describe('an overloaded process', () => {
  const stage = onStage({}, { MAX_IN_FLIGHT: '2' });

  it('answers lookups with 503 and a Retry-After when overloaded, and still answers probes and metrics', async () => {
    const hold = stage.origin.hold();
    const admitted = [stage.ask({ ani: newPhone() }), stage.ask({ ani: newPhone() })];
    await hold.arrived(2);
    const refused = await stage.ask({ ani: newPhone() });

    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(refused.json).toMatchObject({ code: 'overloaded' });
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics']) {
      expect((await get(stage.app.url + path)).status).toBe(200);
    }
    hold.open();
    for (const { status } of await Promise.all(admitted)) expect(status).toBe(200);
  });
});
