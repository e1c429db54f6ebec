import { expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { raw, type HttpAnswer } from '../../support/http.js';
import type { RecipeScene } from '../../support/recipe.js';

/** An event as the vendor writes it, and the headers that carry its signature. */
export interface SignedEvent {
  readonly body: unknown;
  readonly headers: (signatureOf: (text: string) => Buffer, body: string, nowMs: number) => Record<string, string>;
}

/** Tests the declared webhook of a recipe: an event about Ada, and one about another object. */
export function testSignedEvents(
  scene: RecipeScene,
  name: string,
  secret: string,
  { ada, other }: { readonly ada: SignedEvent; readonly other: SignedEvent },
): void {
  const send = ({ body, headers }: SignedEvent, key = secret): Promise<HttpAnswer> => {
    const text = JSON.stringify(body);
    const signatureOf = (signed: string): Buffer => createHmac('sha256', key).update(signed).digest();
    const all = { 'content-type': 'application/json', ...headers(signatureOf, text, Date.now()) };
    return raw('POST', `${scene.app.url}/webhook/${name}`, text, all);
  };

  it('loads a customer again after an event that the vendor has signed', async () => {
    await scene.dip({ ani: '+15550000017' });
    expect(await send(ada, 'another secret')).toMatchObject({ status: 401 });
    expect(await scene.dip({ ani: '+15550000017' })).toMatchObject({ source: 'cache' });
    expect(await send(ada)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
    expect(await scene.dip({ ani: '+15550000017' })).toMatchObject({ contactFound: true, source: 'origin' });
    expect(await send(ada)).toMatchObject({ status: 200, json: { duplicate: true } });
  });

  it('ignores an event about something else', async () => {
    expect(await send(other)).toMatchObject({ status: 202, json: { ignored: true } });
  });
}
