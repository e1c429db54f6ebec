import { z } from 'zod';
import { agents } from './agents-schema.js';
import { caller } from './caller-schema.js';
import type { Finding } from './finding.js';
import { lookup } from './lookup-schema.js';
import type { Path } from './path.js';
import { mapOf, strict } from './scalars.js';
import { system } from './system-schema.js';

/** The file, as far as each key can be judged alone. What one key demands of another is in the checks beside this file. */
export const fileSchema = strict({
  systems: mapOf(system),
  lookups: mapOf(lookup),
  callers: mapOf(caller).default({}),
  agents: agents.prefault({}),
});

export type Declared = z.infer<typeof fileSchema>;
export type DeclaredSystem = z.infer<typeof system>;
export type DeclaredLookup = z.infer<typeof lookup>;
export type DeclaredCaller = z.infer<typeof caller>;

export function schemaFindings({ issues }: z.ZodError): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: issue.message, valueIsMoot: true }));
    }
    const detail: unknown = issue.code === 'custom' ? issue.params?.detail : undefined;
    return [{ path, message: issue.message, detail: typeof detail === 'string' ? detail : undefined }];
  });
}
