import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { onStage } from '../stage.js';
import { handedOut } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys } from './platform/genesys.js';
import type { Dialect } from './platform/tools.js';

const stage = onStage();
let profile: ExportedAction;
beforeAll(async () => {
  profile = await handedOut(stage.app.url, 'profile');
});

/** Texts that an id may be, and that are written in every way that could be mistaken for something else. */
const ids = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '+', ' ', '$', '{', '}', '#', '%', '/', 'n', 'u', '愛', "'"),
      minLength: 1,
    }),
  )
  .filter((text) => text.trim() !== '' && !/^\.+$/.test(text.trim()) && text.isWellFormed())
  .filter((text) => !text.includes('input.customerId'));

/** The id that the system of record was asked for. */
function askedFor(url: string): string {
  return decodeURIComponent(url.split('/').at(-1) ?? '');
}

describe.each<Dialect>(['plain', 'wary'])('what a flow gives, escaped by a platform that is %s,', (dialect) => {
  it('arrives as it was given', async () => {
    const platform = new Genesys({ apiKey: 'sandbox' }, dialect);
    await fc.assert(
      fc.asyncProperty(ids, async (customerId) => {
        stage.origin.calls.length = 0;
        const execution = await platform.execute(profile, { customerId });
        expect(execution.path).toBe('success');
        const [call] = stage.origin.calls;
        if (call !== undefined) expect(askedFor(call.url)).toBe(customerId.trim());
        else expect(execution).toMatchObject({ output: { source: 'cache' } });
      }),
      { numRuns: 150 },
    );
  });
});
