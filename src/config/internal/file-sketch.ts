import { z } from 'zod';
import { fieldType } from './lookup-schema.js';
import { flag, numberBetween, text, wholeNumber } from './scalars.js';

/**
 * What can be seen of a file even where the schema refuses it: a malformed part is left out, since the schema has said so already,
 * and everything beside it is still looked at. So one start tells of all mistakes.
 */
function seen<Part extends z.ZodType>(part: Part) {
  return part.optional().catch(undefined);
}

const textMap = z.record(z.string(), seen(text));
const queryMap = z.record(z.string(), seen(z.union([text.transform((one) => [one]), z.array(text)])));

/** How many calls at a time. */
export const CALLS = wholeNumber(1, 10_000);

const lookupSketch = z.object({
  key: seen(z.array(seen(z.object({ input: seen(text) })))),
  origin: seen(
    z.object({
      system: seen(text),
      method: seen(text),
      readOnly: seen(flag),
      path: seen(text),
      query: seen(queryMap),
      body: seen(textMap),
    }),
  ),
  fields: seen(z.record(z.string(), seen(z.object({ type: seen(fieldType), default: z.unknown() })))),
  limits: seen(z.object({ maxCalls: seen(CALLS) })),
  prewarm: seen(z.array(z.unknown())),
});

const callerSketch = z.object({
  apiKeys: seen(z.array(seen(text))),
  hmacSecrets: seen(z.array(seen(text))),
});

const windowSketch = z.object({ maxConcurrent: z.unknown().optional(), maxPerSecond: z.unknown().optional() });

const authSketch = z.object({
  type: seen(text),
  environment: z.unknown().optional(),
  loginUrl: z.unknown().optional(),
  clientId: z.unknown().optional(),
  clientSecret: z.unknown().optional(),
  optional: seen(flag),
});

const systemSketch = z.object({
  baseUrl: z.unknown().optional(),
  auth: seen(authSketch),
  limits: seen(
    z.object({
      maxConcurrent: z.unknown().optional(),
      backgroundShare: seen(numberBetween(0, 1)),
      adaptive: seen(flag),
      schedule: seen(z.array(seen(windowSketch))),
    }),
  ),
});

const fileSketch = z
  .object({
    systems: seen(z.record(z.string(), seen(systemSketch))),
    lookups: seen(z.record(z.string(), seen(lookupSketch))),
    callers: seen(z.record(z.string(), seen(callerSketch))),
    agents: seen(z.object({ reconcile: seen(z.array(seen(z.object({ system: seen(text) })))) })),
  })
  .catch({ systems: undefined, lookups: undefined, callers: undefined, agents: undefined });

export type FileSketch = z.infer<typeof fileSketch>;
export type SystemSketch = z.infer<typeof systemSketch>;
export type AuthSketch = z.infer<typeof authSketch>;
export type LookupSketch = z.infer<typeof lookupSketch>;
export type CallerSketch = z.infer<typeof callerSketch>;

export function sketchOf(root: unknown): FileSketch {
  return fileSketch.parse(root);
}
