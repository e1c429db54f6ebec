import { z } from 'zod';
import { clientIdRules, clientSecretRules, domain, withoutTrailingSlash } from '../genesys-environment.js';
import {
  flag,
  listOf,
  millis,
  numberBetween,
  oneOf,
  plain,
  seen,
  strict,
  text,
  textThat,
  wholeNumber,
} from '../../schema/scalars.js';
import { oneOfWording, REQUIRED } from '../../schema/wordings.js';
import {
  baseUrl,
  filled,
  headerName,
  headerValue,
  knownCharset,
  noColon,
  printable,
  unpadded,
} from '../../schema/text-rules.js';
import { Substituted } from '../../yaml/placeholders.js';
import { limits } from './limits-schema.js';
import { MAX_POOL_SIZE, mysqlSystem, postgresSystem } from './sql-schema.js';
import { CLIENT_AUTHENTICATIONS, GRANTS, SIGNING_ALGORITHMS } from './oauth2-config.js';
import { oauth2 } from './oauth2-schema.js';
import { constantHeaders, constantQuery, parameterName } from './pairs-schema.js';
import { tlsSchema } from './tls-schema.js';

const TYPES = ['none', 'bearer', 'basic', 'header', 'query', 'genesys', 'cxone', 'oauth2'];
const MAX_PATTERNS = 100;
const CXONE_LOGIN = 'https://na1.nice-incontact.com';

const address = textThat(baseUrl).transform(withoutTrailingSlash);

const clientOptions = {
  tokenTimeoutMs: millis(10, 10_000).default(1500),
  required: flag.default(false),
  allowWrite: flag.default(false),
  writePermissions: listOf(textThat(filled, printable), MAX_PATTERNS).default([
    '*:add',
    '*:edit',
    '*:delete',
    '*.write',
  ]),
};

const auth = z.discriminatedUnion(
  'type',
  [
    strict({ type: z.literal('none') }),
    strict({ type: z.literal('bearer'), token: textThat(filled, unpadded, headerValue) }),
    strict({
      type: z.literal('basic'),
      username: textThat(filled, noColon, printable),
      password: textThat(filled, printable),
    }),
    strict({ type: z.literal('header'), name: textThat(headerName), value: textThat(filled, unpadded, headerValue) }),
    strict({ type: z.literal('query'), name: textThat(parameterName), value: textThat(filled, unpadded, printable) }),
    strict({
      type: z.literal('genesys'),
      /** The environment gives the keys that the file leaves out: see `genesys-checks.ts`. */
      environment: textThat(domain).optional(),
      loginUrl: address.optional(),
      clientId: textThat(...clientIdRules).optional(),
      clientSecret: textThat(...clientSecretRules).optional(),
      optional: flag.default(false),
      ...clientOptions,
    }),
    strict({
      type: z.literal('cxone'),
      loginUrl: address.default(CXONE_LOGIN),
      accessKeyId: textThat(filled, unpadded, printable),
      accessKeySecret: textThat(filled, unpadded, printable),
      ...clientOptions,
    }),
    oauth2,
  ],
  { error: ({ input }) => (isMap(input) ? wrongType(input.type) : 'must be a map with a type') },
);

function isMap(value: unknown): value is { readonly type?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(type: unknown): string {
  return type === undefined ? REQUIRED : oneOfWording(TYPES);
}

/** Reads the type first, because it selects the other keys of the block. */
function withPlainType(value: unknown): unknown {
  return isMap(value) && 'type' in value ? { ...value, type: plain(value.type) } : value;
}

const httpSystem = strict({
  type: z.literal('http').default('http'),
  /** Optional here, because the environment may give it: `system-checks.ts` requires it. */
  baseUrl: address.optional(),
  auth: z.preprocess(withPlainType, auth).default({ type: 'none' }),
  headers: constantHeaders.default({}),
  query: constantQuery.default({}),
  tls: tlsSchema.optional(),
  timeoutMs: millis(1, 60_000).default(2000),
  charset: textThat(knownCharset).optional(),
  traceparent: flag.default(true),
  limits,
});

const SYSTEM_TYPES = ['http', 'postgres', 'mysql'];

/** A system without a type is one of HTTP. */
function withType(value: unknown): unknown {
  if (!isMap(value) || value instanceof Substituted) return value;
  return { ...value, type: 'type' in value ? plain(value.type) : 'http' };
}

export const systemSchema = z.preprocess(
  withType,
  z.discriminatedUnion('type', [httpSystem, postgresSystem, mysqlSystem], {
    error: ({ input }) => (isMap(input) ? oneOfWording(SYSTEM_TYPES) : 'must be a map'),
  }),
);

export type DeclaredSystem = z.infer<typeof systemSchema>;
export type DeclaredHttpSystem = z.infer<typeof httpSystem>;

const windowSketch = z.object({ maxConcurrent: z.unknown().optional(), maxPerSecond: z.unknown().optional() });

const authSketch = z.object({
  type: seen(text),
  environment: z.unknown().optional(),
  loginUrl: z.unknown().optional(),
  clientId: z.unknown().optional(),
  clientSecret: z.unknown().optional(),
  optional: seen(flag),
  name: seen(text),
  tokenUrl: seen(text),
  grant: seen(oneOf(GRANTS)),
  clientAuthentication: seen(oneOf(CLIENT_AUTHENTICATIONS)),
  privateKey: seen(text),
  keyId: z.unknown().optional(),
  algorithm: seen(oneOf(SIGNING_ALGORITHMS)),
  issuer: z.unknown().optional(),
  subject: z.unknown().optional(),
  audience: z.unknown().optional(),
  claims: z.unknown().optional(),
  refreshToken: z.unknown().optional(),
});

const tlsSketch = z.object({
  ca: z.unknown().optional(),
  cert: seen(text),
  key: seen(text),
  passphrase: seen(text),
  serverName: z.unknown().optional(),
});

/** The sketch of a system; see `seen` in `scalars.ts`. */
export const systemSketch = z.object({
  type: seen(text),
  url: seen(text),
  poolSize: seen(wholeNumber(1, MAX_POOL_SIZE)),
  allowPlaintext: seen(flag),
  baseUrl: z.unknown().optional(),
  auth: seen(authSketch),
  headers: seen(z.record(z.string(), z.unknown())),
  query: seen(z.record(z.string(), z.unknown())),
  tls: seen(tlsSketch),
  limits: seen(
    z.object({
      maxConcurrent: z.unknown().optional(),
      backgroundShare: seen(numberBetween(0, 1)),
      adaptive: seen(flag),
      schedule: seen(z.array(seen(windowSketch))),
    }),
  ),
});

export type SystemSketch = z.infer<typeof systemSketch>;
export type AuthSketch = z.infer<typeof authSketch>;
export type TlsSketch = z.infer<typeof tlsSketch>;
/** The declared systems, by name. `undefined` stands for a malformed system. */
export type SystemSketches = Readonly<Record<string, SystemSketch | undefined>>;
