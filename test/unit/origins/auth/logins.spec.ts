import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GenesysAuth } from '../../../../src/config/sections/systems/system-config.js';
import { LoginClient } from '../../../../src/origins/auth/internal/login-client.js';
import { createLogin } from '../../../../src/origins/auth/internal/logins.js';
import { tokenRequester } from '../../../../src/origins/auth/internal/request-token.js';
import { loginRoute } from '../../../../src/origins/http/route.js';
import { startOrigin, type ScriptedOrigin } from '../../../support/origin.js';

let origin: ScriptedOrigin;

beforeEach(async () => {
  origin = await startOrigin();
});
afterEach(() => origin.stop());

/** Longer than any answer takes on a busy machine. */
const LONG_TIMEOUT_MS = 30_000;

/** Returns the error code of a login request to the origin. */
function fault(tokenTimeoutMs = LONG_TIMEOUT_MS): Promise<unknown> {
  const auth: GenesysAuth = {
    type: 'genesys',
    loginUrl: origin.url,
    clientId: 'client',
    clientSecret: 'a client secret',
    allowWrite: false,
    required: false,
    writePermissions: [],
    tokenTimeoutMs,
  };
  const client = new LoginClient(loginRoute(auth.loginUrl, { auth }));
  return createLogin(
    auth,
    tokenRequester(client),
  )(new AbortController().signal).catch((error: unknown) => (error as { code: unknown }).code);
}

describe('a login request', () => {
  it('fails as bad_answer when the answer exceeds the size limit', async () => {
    origin.huge(1024 * 1024);
    expect(await fault()).toBe('bad_answer');
  });

  it('fails as bad_answer when the answer breaks off', async () => {
    origin.closeHalfway();
    expect(await fault()).toBe('bad_answer');
  });

  it.each<[string, BufferEncoding, string]>([
    ['a token in UTF-16', 'utf16le', 'application/json; charset=utf-16le'],
    ['a token with a lifetime in quotes', 'utf8', 'application/json'],
  ])('accepts %s', async (_what, encoding, contentType) => {
    origin.bytes(Buffer.from('{"access_token":"abc","expires_in":"3600"}', encoding), contentType);
    expect(await fault()).toMatchObject({ value: 'abc', lifeMs: 3_600_000 });
  });

  it('fails as bad_answer when the answer has an unknown charset', async () => {
    origin.bytes(Buffer.from('{"access_token":"abc","expires_in":3600}'), 'application/json; charset=ebcdic-us');
    expect(await fault()).toBe('bad_answer');
  });

  it('fails as unreachable when the connection is reset', async () => {
    origin.resetOnRequest();
    expect(await fault()).toBe('unreachable');
  });

  it.each([
    ['does not answer', () => origin.hang()],
    ['never ends its answer', () => origin.trickle(20)],
  ])('times out when the login %s', async (_what, setOrigin) => {
    setOrigin();
    expect(await fault(300)).toBe('timeout');
  });
});
