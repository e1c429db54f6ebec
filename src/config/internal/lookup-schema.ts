import { z } from 'zod';
import { cronText } from '../cron.js';
import { expression } from './expression.js';
import { requestCeilings } from './request-ceiling.js';
import { flag, listOf, mapOf, millis, must, oneOf, strict, text, textThat, wholeNumber } from './scalars.js';
import { acceptedByGenesys, name, originPath } from './text-rules.js';

const MAX_KEY_INPUTS = 8;
const MAX_PREWARMS = 8;
const THIRTY_DAYS_MS = 2_592_000_000;
const ONE_MINUTE_MS = 60_000;
const ONLY_READS = 'must be GET, or POST with readOnly: true: nothing but reads is ever sent';

/** The tenant is part of every entry's key already, and who asks for it is the caller's business. */
const notTheTenant = (input: string) =>
  input === 'tenantId' ? 'is reserved: the tenant is part of every key' : undefined;

const keyInput = strict({
  input: textThat(name, notTheTenant, acceptedByGenesys),
  kind: oneOf(['phone', 'email', 'id']),
});

const origin = strict({
  system: text,
  method: oneOf(['GET', 'POST'], ONLY_READS).default('GET'),
  readOnly: flag.optional(),
  path: textThat(originPath),
  query: mapOf(text).default({}),
  body: mapOf(text).optional(),
  record: expression.optional(),
});

export const fieldType = oneOf(['string', 'boolean', 'integer', 'number']);

const field = strict({
  type: fieldType,
  from: expression.optional(),
  /** Its type depends on `type`: see `field-default.ts`. */
  default: z.unknown().optional(),
  description: text.optional(),
});

const lookupLimits = strict({ ...requestCeilings, maxCalls: wholeNumber(1, 10_000).optional() }).prefault({});

const prewarm = strict({
  cron: textThat(cronText),
  top: wholeNumber(1, 5000).default(500),
});

export const lookup = strict({
  description: text.default(''),
  key: listOf(keyInput, MAX_KEY_INPUTS),
  origin,
  customerId: expression.optional(),
  fields: mapOf(field),
  /** The longest lifetimes are bounds of sense; the near copy's is what an invalidation may have to wait for when messages are lost. */
  cache: strict({
    ttlMs: millis(1, THIRTY_DAYS_MS).default(300_000),
    staleMs: millis(0).default(3_600_000),
    notFoundTtlMs: millis(0).default(60_000),
    nearTtlMs: millis(0, ONE_MINUTE_MS).default(1000),
  }).prefault({}),
  priority: oneOf(['ivr', 'desktop', 'background']).default('ivr'),
  limits: lookupLimits,
  prewarm: z.array(prewarm, must('must be a list')).max(MAX_PREWARMS).default([]),
});
