import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { get, raw } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';

describe('Gate', () => {
  it('holds waiting code until it opens, and no later code', async () => {
    const gate = new Gate();
    const passed: string[] = [];
    const early = gate.wait().then(() => passed.push('early'));
    await Promise.resolve();
    passed.push('opened');
    gate.open();
    await early;
    await gate.wait();

    expect(passed).toEqual(['opened', 'early']);
  });
});

describe('ManualClock', () => {
  it('moves only when the test advances it', () => {
    const clock = new ManualClock(1000);
    clock.advance(250);

    expect([clock.nowMs(), clock.nowMs()]).toEqual([1250, 1250]);
  });
});

describe('eventually', () => {
  it('returns the result of the check once it no longer throws', async () => {
    let tries = 0;
    const result = await eventually(() => {
      tries += 1;
      if (tries < 3) throw new Error('too early');
      return tries;
    });

    expect(result).toBe(3);
  });

  it('throws the last error of the check after the timeout', async () => {
    const never = (): never => {
      throw new Error('never true');
    };

    await expect(eventually(never, { withinMs: 30 })).rejects.toThrow('never true');
  });
});

describe('the HTTP client', () => {
  let origin: ScriptedOrigin;

  beforeEach(async () => {
    origin = await startOrigin();
  });

  afterEach(() => origin.stop());

  it('parses every JSON content type and no other text', async () => {
    origin.answer(() => Answer.json({ code: 'shed' }, 503, { 'content-type': 'application/problem+json' }));
    expect(await get(origin.url)).toMatchObject({ status: 503, json: { code: 'shed' }, text: '{"code":"shed"}' });
    origin.text('{not json', 'text/plain');

    expect(await get(origin.url)).not.toHaveProperty('json');
  });

  it('sends the body of a GET with its content length', async () => {
    await raw('GET', origin.url, '{"a":1}');

    expect(origin.calls).toMatchObject([{ method: 'GET', body: '{"a":1}', headers: { 'content-length': '7' } }]);
  });

  it('sends chunks if the transfer encoding is chunked', async () => {
    await raw('POST', origin.url, '{"a":1}', { 'transfer-encoding': 'chunked' });

    expect(origin.calls).toMatchObject([{ body: '{"a":1}', headers: { 'transfer-encoding': 'chunked' } }]);
    expect(origin.calls[0]?.headers).not.toHaveProperty('content-length');
  });

  it('opens a new connection for every request', async () => {
    await get(origin.url);
    await get(origin.url);

    expect(origin.connections).toBe(2);
  });
});
