import { describe, expect, it } from '@jest/globals';
import { ADA } from '../../support/declaration.js';
import { raw } from '../../support/http.js';
import { newPhone, onStage } from '../stage.js';

/** What Studio's REST API action takes. */
const MOST_BYTES = 32_000;
/** A failed key is left alone for 250 ms at first, less up to a fifth. */
const SHORTEST_PAUSE_MS = 200;
/** As it sends when nobody sets a header. */
const STUDIO = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };

describe('a script of CXone Studio', () => {
  const stage = onStage();
  const ask = (ani: string) => raw('POST', `${stage.app.url}/lookup/customer`, JSON.stringify({ ani }), STUDIO);

  it.each([
    ['one long text', { lastName: 'x'.repeat(400_000) }],
    ['long texts of many bytes', { firstName: '愛'.repeat(9000), accountTier: '愛'.repeat(9000) }],
    ['texts that escaping makes longer', { firstName: '"'.repeat(15_000), lastName: '\u0001'.repeat(3000) }],
  ])('gets an answer it can take where the record has %s, from the origin and from the cache', async (_, more) => {
    stage.origin.answer({ results: [{ ...ADA, ...more }] });
    const ani = newPhone();
    const fetched = await ask(ani);
    const kept = await stage.askUntil('cache', { ani });
    for (const { json, text } of [fetched, kept]) {
      expect(json).toMatchObject({ contactFound: true, customerId: ADA.id, error: '' });
      expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
    }
  });

  it('still gets long texts that fit', async () => {
    stage.origin.answer({ results: [{ ...ADA, accountTier: 'x'.repeat(30_000) }] });
    const { json, text } = await ask(newPhone());
    expect(json).toMatchObject({ tier: 'x'.repeat(30_000) });
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
  });

  it('that repeats twice after a failure costs the system of record no more than it', async () => {
    stage.origin.fail(500);
    const ani = newPhone();
    const startMs = performance.now();
    for (let again = 0; again < 3; again++) expect((await ask(ani)).json).toMatchObject({ source: 'degraded' });
    const pauses = (performance.now() - startMs) / SHORTEST_PAUSE_MS;
    expect(stage.origin.count).toBeLessThanOrEqual(1 + pauses);
  });
});
