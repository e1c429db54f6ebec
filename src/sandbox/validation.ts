import type { z } from 'zod';
import { RequestError } from './exchange.js';

/** @throws {RequestError} 400 that names the first invalid key */
export function validate<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new RequestError(400, firstIssue(parsed.error));
  return parsed.data;
}

/** The first invalid key of an object, as `key: what is wrong`. */
function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'not understood';
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: unknown key`;
  return `${issue.path.join('.')}: ${issue.message}`;
}
