import { describe, expect, it } from '@jest/globals';
import { ADA } from '../../support/declaration.js';
import { raw } from '../../support/http.js';
import { newPhone, onStage } from '../stage.js';

/** The largest answer that the REST API action of Studio accepts. */
const MOST_BYTES = 32_000;
/** Datadip repeats a failed load after 250 ms. Jitter shortens that time by up to a fifth. */
const SHORTEST_PAUSE_MS = 200;
/** The headers that Studio sends if a script sets none. */
const STUDIO = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };

describe('a CXone Studio script', () => {
  const stage = onStage();
  const ask = (ani: string) => raw('POST', `${stage.app.url}/lookup/customer`, JSON.stringify({ ani }), STUDIO);

  it.each([
    ['one long text', { lastName: 'x'.repeat(400_000) }],
    ['long texts of many bytes', { firstName: '愛'.repeat(9000), accountTier: '愛'.repeat(9000) }],
    ['texts that escaping makes longer', { firstName: '"'.repeat(15_000), lastName: '\u0001'.repeat(3000) }],
  ])('receives an answer below 32,000 bytes from origin and cache if the record has %s', async (_, more) => {
    stage.origin.answer({ results: [{ ...ADA, ...more }] });
    const ani = newPhone();
    const fetched = await ask(ani);
    const cached = await stage.askUntil('cache', { ani });
    for (const { json, text } of [fetched, cached]) {
      expect(json).toMatchObject({ contactFound: true, customerId: ADA.id, error: '' });
      expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
    }
  });

  it('receives a long text completely if the answer stays below 32,000 bytes', async () => {
    stage.origin.answer({ results: [{ ...ADA, accountTier: 'x'.repeat(30_000) }] });
    const { json, text } = await ask(newPhone());
    expect(json).toMatchObject({ tier: 'x'.repeat(30_000) });
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
  });

  it('causes no additional origin call if it repeats a failed request twice', async () => {
    stage.origin.fail(500);
    const ani = newPhone();
    const startMs = performance.now();
    for (let again = 0; again < 3; again++) expect((await ask(ani)).json).toMatchObject({ source: 'degraded' });
    const pauses = (performance.now() - startMs) / SHORTEST_PAUSE_MS;
    expect(stage.origin.count).toBeLessThanOrEqual(1 + pauses);
  });
});
