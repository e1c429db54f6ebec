import { z } from 'zod';
import { eitherKind, hasKey, listOf, mapOf, seen, strict, text, textThat } from '../../schema/scalars.js';
import { requestLimitsSchema } from '../request-limits.js';
import { lookupSchema } from './lookup-schema.js';

const MAX_PARTS = 8;
const PART_FIELD = /^([A-Za-z][A-Za-z0-9_-]{0,63})\.([A-Za-z][A-Za-z0-9_-]{0,63})$/;

/** Splits `<part>.<field>`. `undefined` for any other text. */
export function partFieldOf(reference: string): { readonly part: string; readonly field: string } | undefined {
  const [, part, field] = PART_FIELD.exec(reference) ?? [];
  return part === undefined || field === undefined ? undefined : { part, field };
}

const partField = textThat((reference) =>
  partFieldOf(reference) === undefined ? 'must be <part>.<field>, and no expression' : undefined,
);

const composedSchema = strict({
  description: text.default(''),
  compose: listOf(strict({ lookup: text, with: mapOf(partField).optional() }), MAX_PARTS),
  fields: mapOf(partField),
  limits: requestLimitsSchema,
});

export type DeclaredComposedLookup = z.infer<typeof composedSchema>;

/** A lookup with the key `compose` is a composed lookup. */
export function isComposed(declared: unknown): boolean {
  return hasKey(declared, 'compose');
}

/** A lookup, or a composed lookup. */
export const anyLookupSchema = eitherKind(lookupSchema, { kind: 'composed', key: 'compose', schema: composedSchema });

/** The sketch of a composed lookup; see `seen`. A plain lookup reads as `undefined`. */
export const composedSketch = z.object({
  compose: z.array(seen(z.object({ lookup: seen(text), with: seen(z.record(z.string(), seen(text))) }))),
  fields: seen(z.record(z.string(), seen(text))),
});

export type ComposedSketch = z.infer<typeof composedSketch>;
