import { z } from 'zod';
import { flag, millis, plain, strict, textThat, wholeNumber } from './scalars.js';
import { baseUrl, filled, headerName, headerValue, noColon, printable, unpadded } from './text-rules.js';

const LATER: ReadonlySet<unknown> = new Set(['genesys', 'cxone']);

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
  ],
  { error: ({ input }) => (isMap(input) ? wrongType(input.type) : 'must be a map with a type') },
);

function isMap(value: unknown): value is { readonly type?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(type: unknown): string {
  if (type === undefined) return 'is required';
  return LATER.has(type) ? 'is not supported yet' : 'must be one of none, bearer, basic, header';
}

/** The type chooses the rest of the block, so it is read first. */
function withPlainType(value: unknown): unknown {
  return isMap(value) && 'type' in value ? { ...value, type: plain(value.type) } : value;
}

export const system = strict({
  baseUrl: textThat(baseUrl).transform((url) => url.replace(/\/+$/, '')),
  auth: z.preprocess(withPlainType, auth).default({ type: 'none' }),
  /** One attempt. May be longer than the deadline: the caller is answered at the deadline, the load goes on for the next one. */
  timeoutMs: millis(1, 60_000).default(2000),
  limits: strict({
    maxConcurrent: wholeNumber(1, 10_000).default(200),
    maxPerSecond: wholeNumber(1, 1_000_000).optional(),
    adaptive: flag.default(false),
  }).prefault({}),
});
