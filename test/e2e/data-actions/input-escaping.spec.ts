import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTemplate } from '../../../src/config/sections/lookups/template.js';
import { leavesPath } from '../../../src/modules/profile/internal/path-segments.js';
import { onStage } from '../stage.js';
import { downloadAction } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys } from './platform/genesys.js';
import type { Dialect } from './platform/tools.js';

const stage = onStage();
let profile: ExportedAction;
beforeAll(async () => {
  profile = await downloadAction(stage.app.url, 'profile');
});

/** Valid ids that contain characters with a meaning in JSON, URLs or templates. */
const ids = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '+', ' ', '$', '{', '}', '#', '%', '/', 'n', 'u', '愛', "'"),
      minLength: 1,
    }),
  )
  .filter((text) => text.trim() !== '' && text.isWellFormed() && !/[\p{Cc}\u2028\u2029\uFFFD]/u.test(text.trim()))
  // Datadip refuses such an id in a path.
  .filter((text) => !leavesPath(parseTemplate('/{id}'), () => text.trim()))
  .filter((text) => !text.includes('input.customerId'));

/** Returns the id in the URL of a call to the system of record. */
function requestedId(url: string): string {
  return decodeURIComponent(url.split('/').at(-1) ?? '');
}

describe.each<Dialect>(['plain', 'ascii'])('the escaping of flow inputs in the %s dialect', (dialect) => {
  it(`delivers every flow input unchanged to the origin in the ${dialect} dialect`, async () => {
    const platform = new Genesys({ apiKey: 'sandbox' }, dialect);
    await fc.assert(
      fc.asyncProperty(ids, async (customerId) => {
        stage.origin.calls.length = 0;
        const execution = await platform.execute(profile, { customerId });
        expect(execution.path).toBe('success');
        const [call] = stage.origin.calls;
        if (call !== undefined) expect(requestedId(call.url)).toBe(customerId.trim());
        else expect(execution).toMatchObject({ output: { source: 'cache' } });
      }),
      { numRuns: 150 },
    );
  });
});
