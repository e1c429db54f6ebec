import { z } from 'zod';
import { cronText } from '../../cron.js';
import { expression } from '../../schema/expression.js';
import {
  flag,
  listOf,
  mapOf,
  millis,
  must,
  oneOf,
  seen,
  strict,
  text,
  textThat,
  wholeNumber,
} from '../../schema/scalars.js';
import { originPath } from '../../schema/text-rules.js';
import { constantHeaders } from '../systems/pairs-schema.js';
import { requestLimitKeys } from '../request-limits.js';
import { bodyMap } from './body-value.js';
import { keySchema, keySketch } from './key-schema.js';
import { hasOtherBraces, parseTemplate, templateInputs } from './template.js';

const MAX_PREWARMS = 8;
const THIRTY_DAYS_MS = 2_592_000_000;
const ONE_MINUTE_MS = 60_000;
const ONE_HOUR_MS = 3_600_000;
/** Three of the shortest heartbeats. */
const LEAST_WITHIN_MS = 300;
const ONLY_READS = 'must be GET, or POST with readOnly: true: Datadip sends only reads';

const idOnly = (path: string) => {
  const template = parseTemplate(path);
  return templateInputs(template).join() === 'id' && !hasOtherBraces(template)
    ? undefined
    : 'must contain {id}, and no other braces';
};

const MAX_QUERY_VALUES = 8;
const queryTexts = listOf(text, MAX_QUERY_VALUES);

/** A text or a list of texts. A problem is reported for the shape that the file uses. */
const queryValue = z.unknown().transform((value, { issues }): string | readonly string[] => {
  const result = Array.isArray(value) ? queryTexts.safeParse(value) : text.safeParse(value);
  if (result.success) return result.data;
  for (const { message, path } of result.error.issues)
    issues.push({ code: 'custom', input: value, message, path: [...path] });
  return z.NEVER;
});

const origin = strict({
  system: text,
  method: oneOf(['GET', 'POST'], ONLY_READS).default('GET'),
  readOnly: flag.optional(),
  /** `sql-origin-checks.ts` requires a path or an SQL text. */
  path: textThat(originPath).optional(),
  sql: text.optional(),
  query: mapOf(queryValue).default({}),
  body: bodyMap.optional(),
  form: flag.default(false),
  xml: text.optional(),
  headers: constantHeaders.default({}),
  record: expression.optional(),
  failWhen: expression.optional(),
  notFoundWhen: expression.optional(),
  follow: strict({ id: expression, path: textThat(originPath, idOnly) }).optional(),
});

/** The keys that an origin may have. */
export const ORIGIN_KEYS: readonly string[] = Object.keys(origin.shape);

const fieldType = oneOf(['string', 'boolean', 'integer', 'number']);

const field = strict({
  type: fieldType,
  from: expression.optional(),
  /** The type of the default depends on `type`: see `field-default.ts`. */
  default: z.unknown().optional(),
  description: text.optional(),
});

/** A number of concurrent calls. */
export const callCount = wholeNumber(1, 10_000);

const lookupLimits = strict({ ...requestLimitKeys, maxCalls: callCount.optional() }).prefault({});

const prewarm = strict({
  cron: textThat(cronText),
  top: wholeNumber(1, 5000).default(500),
});

export const lookupSchema = strict({
  description: text.default(''),
  key: keySchema,
  origin,
  customerId: expression.optional(),
  fields: mapOf(field),
  cache: strict({
    ttlMs: millis(1, THIRTY_DAYS_MS).default(300_000),
    staleMs: millis(0).default(3_600_000),
    notFoundTtlMs: millis(0).default(60_000),
    nearTtlMs: millis(0, ONE_MINUTE_MS).default(1000),
    invalidatedWithinMs: millis(LEAST_WITHIN_MS, ONE_HOUR_MS).optional(),
  }).prefault({}),
  priority: oneOf(['ivr', 'desktop', 'background']).default('ivr'),
  limits: lookupLimits,
  prewarm: z.array(prewarm, must('must be a list')).max(MAX_PREWARMS).default([]),
});

export type DeclaredLookup = z.infer<typeof lookupSchema>;

const textMap = z.record(z.string(), seen(text));
const queryMap = z.record(z.string(), seen(z.union([text.transform((value) => [value]), z.array(text)])));

/** The sketch of a lookup; see `seen` in `scalars.ts`. */
export const lookupSketch = z.object({
  /** Present means a composed lookup: see `composed-checks.ts`. */
  compose: z.unknown().optional(),
  key: seen(keySketch),
  origin: seen(
    z.looseObject({
      system: seen(text),
      sql: seen(text),
      method: seen(text),
      readOnly: seen(flag),
      path: seen(text),
      query: seen(queryMap),
      body: z.unknown().optional(),
      form: seen(flag),
      xml: seen(text),
      headers: seen(textMap),
      follow: seen(z.object({ path: seen(text) })),
    }),
  ),
  fields: seen(z.record(z.string(), seen(z.object({ type: seen(fieldType), default: z.unknown() })))),
  cache: seen(z.object({ invalidatedWithinMs: seen(millis(LEAST_WITHIN_MS, ONE_HOUR_MS)) })),
  limits: seen(z.object({ maxCalls: seen(callCount) })),
  prewarm: seen(z.array(z.unknown())),
});

export type LookupSketch = z.infer<typeof lookupSketch>;
