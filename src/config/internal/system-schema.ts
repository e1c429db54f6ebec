import { z } from 'zod';
import { cronText } from '../cron.js';
import { clientIdRules, clientSecretRules, domain, withoutTrailingSlash } from './genesys-environment.js';
import { flag, listOf, millis, must, numberBetween, plain, strict, textThat, wholeNumber } from './scalars.js';
import { baseUrl, filled, headerName, headerValue, noColon, printable, unpadded } from './text-rules.js';

const TYPES = ['none', 'bearer', 'basic', 'header', 'genesys', 'cxone'];
const MAX_PATTERNS = 100;
const CXONE_LOGIN = 'https://na1.nice-incontact.com';

const address = textThat(baseUrl).transform(withoutTrailingSlash);

const clientTerms = {
  tokenTimeoutMs: millis(10, 10_000).default(1500),
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
    strict({
      type: z.literal('genesys'),
      /** What is not said here, the environment says: see `genesys-checks.ts`. */
      environment: textThat(domain).optional(),
      loginUrl: address.optional(),
      clientId: textThat(...clientIdRules).optional(),
      clientSecret: textThat(...clientSecretRules).optional(),
      optional: flag.default(false),
      ...clientTerms,
    }),
    strict({
      type: z.literal('cxone'),
      loginUrl: address.default(CXONE_LOGIN),
      accessKeyId: textThat(filled, unpadded, printable),
      accessKeySecret: textThat(filled, unpadded, printable),
      ...clientTerms,
    }),
  ],
  { error: ({ input }) => (isMap(input) ? wrongType(input.type) : 'must be a map with a type') },
);

function isMap(value: unknown): value is { readonly type?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(type: unknown): string {
  return type === undefined ? 'is required' : `must be one of ${TYPES.join(', ')}`;
}

/** The type chooses the rest of the block, so it is read first. */
function withPlainType(value: unknown): unknown {
  return isMap(value) && 'type' in value ? { ...value, type: plain(value.type) } : value;
}

const maxConcurrent = wholeNumber(1, 10_000);
const maxPerSecond = wholeNumber(1, 1_000_000);
const maxPerMinute = wholeNumber(1, 1_000_000);

/** Refreshing what is known already must never cost a caller more than half of what a system bears. */
const MOST_FOR_BACKGROUND = 0.5;
const ONE_WEEK_MS = 604_800_000;

const limitWindow = strict({
  cron: textThat(cronText),
  forMs: millis(1000, ONE_WEEK_MS),
  maxConcurrent: maxConcurrent.optional(),
  maxPerSecond: maxPerSecond.optional(),
});

export const system = strict({
  /** Required, but for what the environment says of Genesys Cloud: see `system-checks.ts`. */
  baseUrl: address.optional(),
  auth: z.preprocess(withPlainType, auth).default({ type: 'none' }),
  /** One attempt. May be longer than the deadline: the caller is answered at the deadline, the load goes on for the next one. */
  timeoutMs: millis(1, 60_000).default(2000),
  limits: strict({
    /** Its default stands in `assemble.ts`: whoever says `adaptive` must name a ceiling. */
    maxConcurrent: maxConcurrent.optional(),
    maxPerSecond: maxPerSecond.optional(),
    maxPerMinute: maxPerMinute.optional(),
    adaptive: flag.default(false),
    backgroundShare: numberBetween(0, MOST_FOR_BACKGROUND).default(MOST_FOR_BACKGROUND),
    /** Long enough to wait for a call to end, short enough that nobody notices. */
    queueMs: millis(0, 5000).default(250),
    schedule: z.array(limitWindow, must('must be a list')).default([]),
  }).prefault({}),
});
