import { z } from 'zod';
import { flag, millis, oneOf, strict, textThat, type TextRule } from '../../schema/scalars.js';
import { filled, headerName, printable, tokenAddress, unpadded } from '../../schema/text-rules.js';
import { CLIENT_AUTHENTICATIONS, GRANTS, SIGNING_ALGORITHMS } from './oauth2-config.js';
import { pairs, parameterName } from './pairs-schema.js';
import { signingKeyText } from './pem.js';

const ONE_DAY_MS = 86_400_000;
const FIFTEEN_MINUTES_MS = 900_000;

/** The form fields that have their own keys, or that Datadip makes. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'assertion',
  'refresh_token',
  'scope',
]);

/** The claims of RFC 7519 that have their own keys, or that Datadip makes. */
const OWN_CLAIMS: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

const furtherClaim: TextRule = (name) =>
  OWN_CLAIMS.has(name) ? 'must not be given: Datadip makes this claim itself' : parameterName(name);

const furtherField: TextRule = (name) =>
  OWN_FIELDS.has(name) ? 'must not be given: Datadip sends this field itself' : parameterName(name);

const word = (): ReturnType<typeof textThat> => textThat(filled, unpadded, printable);

/** `oauth2-checks.ts` says which keys each grant and each client authentication needs. */
export const oauth2 = strict({
  type: z.literal('oauth2'),
  tokenUrl: textThat(tokenAddress),
  grant: oneOf(GRANTS).default('client-credentials'),
  clientId: word().optional(),
  clientSecret: word().optional(),
  clientAuthentication: oneOf(CLIENT_AUTHENTICATIONS).default('basic'),
  privateKey: signingKeyText.optional(),
  keyId: word().optional(),
  algorithm: oneOf(SIGNING_ALGORITHMS).optional(),
  issuer: word().optional(),
  subject: word().optional(),
  audience: word().optional(),
  claims: pairs(furtherClaim, [filled, printable]).default({}),
  refreshToken: word().optional(),
  scope: word().optional(),
  params: pairs(furtherField, [printable]).default({}),
  /** A word like the name of a header: RFC 9110, section 11.1, calls both a token. */
  scheme: textThat(headerName).default('Bearer'),
  lifeMs: millis(1000, ONE_DAY_MS).default(FIFTEEN_MINUTES_MS),
  tokenTimeoutMs: millis(10, 10_000).default(1500),
  required: flag.default(false),
});
