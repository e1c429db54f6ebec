import type { OAuth2Auth } from '../../../config/sections/systems/oauth2-config.js';
import { assertionSigner, type SignAssertion } from './assertion.js';
import type { Login, RequestToken } from './request-token.js';

const ASSERTION_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Fields = Readonly<Record<string, string>>;

/**
 * Requests tokens of an OAuth 2.0 login (RFC 6749), with every grant and client authentication of
 * `OAuth2Auth`.
 *
 * Guarantees:
 * - Each request has its own assertions. An assertion is never sent twice.
 * - A refresh token that the login issues replaces the earlier one, in memory.
 *
 * Does not guarantee: that a refresh token survives a lost answer. If the login replaces the
 * refresh token and its answer does not arrive, the next request sends the earlier one.
 */
export function oauth2Login(auth: OAuth2Auth, requestToken: RequestToken): Login {
  const sign = usesAssertion(auth) ? assertionSigner(auth) : undefined;
  let { refreshToken = '' } = auth;
  return async (closing) => {
    const { headers, fields: proof } = await clientProof(auth, sign);
    const fields = { ...(await grantFields(auth, refreshToken, sign)), ...scopeField(auth), ...proof, ...auth.params };
    const fetched = await requestToken(
      {
        url: auth.tokenUrl,
        headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
        timeoutMs: auth.tokenTimeoutMs,
        closing,
      },
      auth.lifeMs,
    );
    refreshToken = fetched.refreshToken ?? refreshToken;
    return fetched;
  };
}

function usesAssertion({ grant, clientAuthentication }: OAuth2Auth): boolean {
  return grant === 'jwt-bearer' || clientAuthentication === 'private-key-jwt';
}

async function grantFields(auth: OAuth2Auth, refreshToken: string, sign: SignAssertion | undefined): Promise<Fields> {
  const { grant, clientId = '', issuer = clientId, subject = issuer, audience = auth.tokenUrl } = auth;
  switch (grant) {
    case 'client-credentials':
      return { grant_type: 'client_credentials' };
    case 'refresh-token':
      return { grant_type: 'refresh_token', refresh_token: refreshToken };
    case 'jwt-bearer':
      return {
        grant_type: ASSERTION_GRANT,
        assertion: (await sign?.({ issuer, subject, audience, further: auth.claims })) ?? '',
      };
  }
}

interface ClientProof {
  readonly headers: Fields;
  readonly fields: Fields;
}

async function clientProof(auth: OAuth2Auth, sign: SignAssertion | undefined): Promise<ClientProof> {
  const { clientAuthentication, clientId, clientSecret, audience = auth.tokenUrl } = auth;
  if (clientId === undefined) return { headers: {}, fields: {} };
  switch (clientAuthentication) {
    case 'basic':
      return { headers: clientSecret === undefined ? {} : basic(clientId, clientSecret), fields: {} };
    case 'body':
      return { headers: {}, fields: { client_id: clientId, ...(clientSecret && { client_secret: clientSecret }) } };
    case 'private-key-jwt': {
      const assertion = (await sign?.({ issuer: clientId, subject: clientId, audience })) ?? '';
      const named = { client_id: clientId, client_assertion_type: ASSERTION_TYPE };
      return { headers: {}, fields: { ...named, client_assertion: assertion } };
    }
  }
}

/** RFC 6749, section 2.3.1: id and secret are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): Fields {
  const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
  return { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function scopeField({ scope }: OAuth2Auth): Fields {
  return scope === undefined ? {} : { scope };
}
