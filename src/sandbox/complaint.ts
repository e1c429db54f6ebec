import type { z } from 'zod';

/** The first thing wrong with an object, as `key: what is wrong`. */
export function complaintOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'not understood';
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: unknown key`;
  return `${issue.path.join('.')}: ${issue.message}`;
}
