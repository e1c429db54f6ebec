import type { ComposedLookupConfig } from '../../../config/sections/lookups/composed-config.js';
import type { Dip } from '../../../contracts/dip.js';
import { openingOf } from './answer-members.js';
import { valueText } from './answer-shape.js';
import type { CompiledLookup } from './compiled-lookup.js';
import type { Inputs } from './inputs.js';

/** The place of a value in the answers of the parts. */
export interface PartValue {
  /** The position of the part. */
  readonly part: number;
  readonly field: string;
  /** The text before the value in the answer of the part. */
  readonly opening: string;
  /** The declared default as JSON text. */
  readonly fallback: string;
}

/** A member of the whole answer. */
interface WholeMember extends PartValue {
  /** The text before the value in the whole answer. */
  readonly ownOpening: string;
}

export interface Part {
  readonly lookup: CompiledLookup;
  /** `undefined` means that the part gets the inputs of the caller. */
  readonly with: readonly (readonly [input: string, value: PartValue])[] | undefined;
}

/** A composed lookup with the compiled lookups of its parts. */
export interface ComposedLookup {
  readonly name: string;
  readonly parts: readonly Part[];
  /** In the declared order. */
  readonly fields: readonly (readonly [name: string, member: WholeMember])[];
}

/** A validated request for a composed lookup. */
export interface ComposedDip extends Pick<Dip, 'tenant' | 'deadline' | 'whenDegraded'> {
  readonly lookup: ComposedLookup;
  readonly inputs: Inputs;
  /** Each part has an entry; the whole has none. */
  readonly subject: undefined;
  /** `false` for a request of the warm-up. */
  readonly isCounted: boolean;
}

/** @param compiled the compiled lookups, by name */
export function compileComposed(
  { name, parts, fields }: ComposedLookupConfig,
  compiled: ReadonlyMap<string, CompiledLookup>,
): ComposedLookup {
  const position = (part: string): number => parts.findIndex(({ lookup }) => lookup.name === part);
  const valueOf = ({ part, field }: { readonly part: string; readonly field: string }): PartValue => {
    const at = position(part);
    const declared = parts[at]?.lookup.fields.get(field);
    if (declared === undefined) throw new TypeError(`composed lookup ${name} is compiled before its check`);
    return { part: at, field, opening: openingOf(field), fallback: valueText(declared.default) };
  };
  return {
    name,
    parts: parts.map(({ lookup, with: given }): Part => {
      const compiledLookup = compiled.get(lookup.name);
      if (compiledLookup === undefined) throw new TypeError(`lookup ${lookup.name} is not compiled`);
      const inputs = given && [...given].map(([input, field]) => [input, valueOf(field)] as const);
      return { lookup: compiledLookup, with: inputs };
    }),
    fields: [...fields].map(([field, from]) => [field, { ...valueOf(from), ownOpening: openingOf(field) }] as const),
  };
}
