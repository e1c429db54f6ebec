import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GenesysAuth } from '../../../../src/config/config.js';
import { createLogin } from '../../../../src/origins/auth/internal/logins.js';
import { startOrigin, type ScriptedOrigin } from '../../../support/origin.js';

let origin: ScriptedOrigin;

beforeEach(async () => {
  origin = await startOrigin();
});
afterEach(() => origin.stop());

/** Nobody who answers at all takes so long, however busy the machine is. */
const PATIENT_MS = 30_000;

/** What is wrong with a login that answers as the origin does now. */
function fault(tokenTimeoutMs = PATIENT_MS): Promise<unknown> {
  const auth: GenesysAuth = {
    type: 'genesys',
    loginUrl: origin.url,
    clientId: 'client',
    clientSecret: 'a secret that nobody is told',
    allowWrite: false,
    writePermissions: [],
    tokenTimeoutMs,
  };
  return createLogin(auth)(new AbortController().signal).catch((error: unknown) => (error as { code: unknown }).code);
}

describe('a login', () => {
  it('that says far more than a token has answered badly, and was reached', async () => {
    origin.huge(1024 * 1024);
    expect(await fault()).toBe('bad_answer');
  });

  it('that stops in the middle of its answer has answered badly, and was reached', async () => {
    origin.closeHalfway();
    expect(await fault()).toBe('bad_answer');
  });

  it('that hangs up without a word was not reached', async () => {
    origin.resetOnRequest();
    expect(await fault()).toBe('unreachable');
  });

  it.each([
    ['says nothing', () => origin.hang()],
    ['does not come to an end', () => origin.trickle(20)],
  ])('that %s is given up', async (_what, doSo) => {
    doSo();
    expect(await fault(300)).toBe('timeout');
  });
});
