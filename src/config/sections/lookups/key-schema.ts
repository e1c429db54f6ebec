import { z } from 'zod';
import { eitherKind, listOf, oneOf, seen, strict, text, textThat } from '../../schema/scalars.js';
import { name } from '../../schema/text-rules.js';
import type { Path } from '../../yaml/finding.js';
import { country } from '../country.js';
import { acceptedByGenesys } from './platform-limits.js';

const MAX_ALTERNATIVES = 8;
const MAX_INPUTS = 8;

/** The tenant is part of every entry's key, and the caller gives it with each request. */
const notTheTenant = (input: string) =>
  input === 'tenantId' ? 'is reserved: the tenant is part of every key' : undefined;

const keyKind = oneOf(['phone', 'email', 'id']);

const keyInput = strict({
  input: textThat(name, notTheTenant, acceptedByGenesys),
  kind: keyKind,
  country: country.optional(),
});

const jointKey = strict({ all: listOf(keyInput, MAX_INPUTS, 2) });

export type DeclaredKeyInput = z.infer<typeof keyInput>;

/** An input, or `all` with several. */
const keyEntry = eitherKind(keyInput, { kind: 'joint', key: 'all', schema: jointKey });

export const keySchema = listOf(keyEntry, MAX_ALTERNATIVES);

const inputSketch = z.object({ input: seen(text), kind: seen(keyKind), country: z.unknown().optional() });

/** The sketch of a key; see `seen` in `scalars.ts`. */
export const keySketch = z.array(seen(inputSketch.extend({ all: seen(z.array(seen(inputSketch))) })));

type InputSketch = z.infer<typeof inputSketch>;

/** The place of an input in the file. */
export interface PlacedInput {
  readonly path: Path;
  /** `undefined` stands for a malformed input. */
  readonly entry: InputSketch | undefined;
}

/** The inputs of each alternative of a key, with their paths in the lookup. */
export function placedAlternatives(key: z.infer<typeof keySketch> = []): readonly (readonly PlacedInput[])[] {
  return key.map((entry, at): readonly PlacedInput[] => {
    const path: Path = ['key', at];
    return entry?.all === undefined
      ? [{ path, entry }]
      : entry.all.map((joint, position) => ({ path: [...path, 'all', position], entry: joint }));
  });
}

/** The names of the inputs of each alternative. A malformed input has no name. */
export function soundAlternatives(key: z.infer<typeof keySketch> = []): readonly (readonly string[])[] {
  return placedAlternatives(key).map((inputs) =>
    inputs.map(({ entry }) => entry?.input).filter((input) => input !== undefined),
  );
}
