import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { get, post, raw } from '../support/http.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';

const SOON_MS = 1000;

let origin: ScriptedOrigin;

beforeEach(async () => {
  origin = await startOrigin();
});

afterEach(() => origin.stop());

/** Sends a call with a short timeout, for the modes that never finish. */
function callBriefly(): Promise<unknown> {
  return raw('GET', origin.url, undefined, {}, SOON_MS);
}

describe('the scripted origin', () => {
  it('answers JSON and records every call', async () => {
    origin.answer({ id: 'c-17' });
    const answer = await post(`${origin.url}/customers?phone=1`, { a: 1 }, { 'x-key': 'k' });

    expect(answer).toMatchObject({ status: 200, json: { id: 'c-17' } });
    expect(origin.calls).toMatchObject([
      { method: 'POST', url: '/customers?phone=1', headers: { 'x-key': 'k' }, body: '{"a":1}' },
    ]);
  });

  it('answers each call with the result of its handler', async () => {
    const scripted = await startOrigin(({ url }) =>
      url === '/none' ? Answer.json({}, 404, { 'x-why': 'none' }) : { url },
    );

    expect(await get(`${scripted.url}/some`)).toMatchObject({ status: 200, json: { url: '/some' } });
    expect(await get(`${scripted.url}/none`)).toMatchObject({ status: 404, headers: { 'x-why': 'none' } });
    await scripted.stop();
  });

  it('holds calls until the hold opens, and reports their arrival', async () => {
    origin.answer('old');
    const held = origin.hold();
    const calls = [get(origin.url), get(origin.url)];
    await held.arrived(2);
    origin.answer('new');

    expect((await get(origin.url)).text).toBe('"new"');
    expect(origin.inFlight).toBe(2);
    held.open();
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(['"old"', '"old"']);
    expect(origin).toMatchObject({ count: 3, peak: 3, connections: 3 });
    await eventually(() => expect(origin.inFlight).toBe(0));
  });

  it('fails with the requested status and headers', async () => {
    origin.fail(429, { 'retry-after': '7' });

    expect(await get(origin.url)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
  });

  it('answers text with any content type', async () => {
    origin.text('<p>maintenance</p>', 'text/html');

    expect(await get(origin.url)).toMatchObject({
      text: '<p>maintenance</p>',
      headers: { 'content-type': 'text/html' },
    });
  });

  it('accepts calls without an answer while it hangs', async () => {
    origin.hang();

    await expect(callBriefly()).rejects.toThrow('no answer');
    expect(origin.count).toBe(1);
  });

  it('sends a trickling answer without an end', async () => {
    origin.trickle(5);

    await expect(callBriefly()).rejects.toThrow();
    await eventually(() => expect(origin.inFlight).toBe(0));
  });

  it('closes the connection in the middle of a body', async () => {
    origin.closeHalfway();

    await expect(get(origin.url)).rejects.toThrow('aborted');
  });

  it('resets the connection of a call', async () => {
    origin.resetOnRequest();

    await expect(get(origin.url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('refuses connections, and listens again at the same port', async () => {
    const { url } = origin;
    await origin.refuse();
    await expect(get(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await origin.listen();

    expect((await get(url)).status).toBe(200);
  });

  it('sends a JSON string of exactly the requested size', async () => {
    origin.huge(200_001);
    const { text } = await get(origin.url);

    expect(text).toHaveLength(200_001);
    expect(JSON.parse(text)).toHaveLength(199_999);
  });

  it('stops at once while calls hang', async () => {
    const doomed = await startOrigin();
    doomed.hang();
    const call = get(doomed.url).catch((error: unknown) => error);
    await eventually(() => expect(doomed.inFlight).toBe(1));
    await doomed.stop();

    expect(await call).toMatchObject({ code: 'ECONNRESET' });
  });
});
