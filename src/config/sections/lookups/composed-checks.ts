import { unknownLookupWording } from '../../schema/wordings.js';
import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { partFieldOf, type ComposedSketch } from './composed-schema.js';
import { countAndNameFindings, tooLargeDefaults, type FieldSketches } from './field-checks.js';
import { placedAlternatives } from './key-schema.js';
import type { LookupSketch } from './lookup-schema.js';
import { COMPOSED_FIELDS } from './platform-limits.js';

type Plain = Sketches<LookupSketch>;
type Sketches<Sketch> = Readonly<Record<string, Sketch | undefined>>;

interface ComposedContext extends CheckContext {
  /** The lookups that are not composed, by name. `undefined` stands for a malformed lookup. */
  readonly plain: Plain;
  readonly composed: Sketches<ComposedSketch>;
}

/** Checks the parts and the fields of composed lookups. */
export function composedFindings(context: ComposedContext): Finding[] {
  return Object.entries(context.composed).flatMap(([name, sketch]) =>
    sketch === undefined ? [] : findingsOf(sketch, ['lookups', name], context),
  );
}

function findingsOf(sketch: ComposedSketch, path: Path, context: ComposedContext): Finding[] {
  const parts = sketch.compose.map((part) => part?.lookup);
  return [
    ...parts.flatMap((lookup, at) => wrongPart(lookup, [...path, 'compose', at, 'lookup'], context)),
    ...parts.flatMap((lookup, at) => repeatedPart(lookup, at, parts, path)),
    ...sketch.compose.flatMap((part, at) => withFindings(part, at, parts, path, context)),
    ...fieldFindings(sketch, parts, path, context),
  ];
}

/** A composed lookup of composed lookups could form a cycle, and would hide which part failed. */
function wrongPart(lookup: string | undefined, path: Path, { plain, composed }: ComposedContext): Finding[] {
  if (lookup === undefined || Object.hasOwn(plain, lookup)) return [];
  if (Object.hasOwn(composed, lookup))
    return [{ path, message: 'must not name a composed lookup: a part is a lookup with a key and an origin' }];
  return [{ path, message: unknownLookupWording(plain) }];
}

function repeatedPart(
  lookup: string | undefined,
  at: number,
  parts: readonly (string | undefined)[],
  path: Path,
): Finding[] {
  if (lookup === undefined || parts.indexOf(lookup) === at) return [];
  return [{ path: [...path, 'compose', at, 'lookup'], message: 'is repeated in compose; allowed: once' }];
}

function withFindings(
  part: ComposedSketch['compose'][number],
  at: number,
  parts: readonly (string | undefined)[],
  path: Path,
  context: ComposedContext,
): Finding[] {
  const place = [...path, 'compose', at, 'with'];
  const given = Object.entries(part?.with ?? {});
  if (part?.with !== undefined && given.length === 0)
    return [{ path: place, message: 'must name at least one input: leave it out to use the inputs of the caller' }];
  const findings = given.flatMap(([input, reference]) => [
    ...notAnInput(input, part?.lookup, [...place, input], context),
    ...wrongReference(reference, parts.slice(0, at), [...place, input], context, 'earlier'),
  ]);
  if (part?.with === undefined || findings.length > 0) return findings;
  return noWholeAlternative(Object.keys(part.with), part.lookup, place, context.plain);
}

function notAnInput(input: string, lookup: string | undefined, path: Path, { plain }: ComposedContext): Finding[] {
  const inputs = alternativesOf(lookup, plain).flat();
  if (inputs.length === 0 || inputs.includes(undefined) || inputs.includes(input)) return [];
  return [{ path, message: `is no key input of its part; allowed: ${inputs.join(', ')}`, hidesValue: true }];
}

/** `with` replaces the inputs of the caller, so it must give a whole alternative of the key. */
function noWholeAlternative(given: readonly string[], lookup: string | undefined, path: Path, plain: Plain): Finding[] {
  const alternatives = alternativesOf(lookup, plain);
  const isWhole = (inputs: readonly (string | undefined)[]): boolean =>
    inputs.every((input) => input === undefined || given.includes(input));
  if (alternatives.length === 0 || alternatives.some(isWhole)) return [];
  const joined = alternatives.map((inputs) => inputs.join(' and '));
  return [{ path, message: `must give all inputs of an alternative; allowed: ${joined.join(', ')}`, hidesValue: true }];
}

/** The inputs of each alternative of a part's key. Empty if the part is malformed. */
function alternativesOf(lookup: string | undefined, plain: Plain): readonly (readonly (string | undefined)[])[] {
  const key = lookup === undefined ? undefined : plain[lookup]?.key;
  return placedAlternatives(key).map((inputs) => inputs.map(({ entry }) => entry?.input));
}

/** @param parts the parts that the reference may name; `undefined` stands for a malformed part */
function wrongReference(
  reference: string | undefined,
  parts: readonly (string | undefined)[],
  path: Path,
  { plain }: ComposedContext,
  which: 'any' | 'earlier',
): Finding[] {
  const named = reference === undefined ? undefined : partFieldOf(reference);
  if (named === undefined) return [];
  if (!parts.includes(named.part)) {
    const wording = which === 'earlier' ? 'must name a field of an earlier part' : 'must name a field of a part';
    return parts.includes(undefined) ? [] : [{ path, message: `${wording}; parts: ${parts.join(', ') || 'none'}` }];
  }
  const fields = plain[named.part]?.fields;
  if (fields === undefined || Object.hasOwn(fields, named.field)) return [];
  return [{ path, message: `names no field of its part; allowed: ${Object.keys(fields).join(', ')}` }];
}

function fieldFindings(
  { fields }: ComposedSketch,
  parts: readonly (string | undefined)[],
  path: Path,
  context: ComposedContext,
): Finding[] {
  if (fields === undefined || parts.length === 0) return [];
  const place = [...path, 'fields'];
  return [
    ...countAndNameFindings(Object.keys(fields), place, COMPOSED_FIELDS),
    ...Object.entries(fields).flatMap(([name, reference]) =>
      wrongReference(reference, parts, [...place, name], context, 'any'),
    ),
    ...tooLargeDefaults(declaredFields(fields, context), place),
  ];
}

function declaredFields(
  fields: Readonly<Record<string, string | undefined>>,
  { plain }: ComposedContext,
): FieldSketches {
  const declared = Object.entries(fields).map(([name, reference]) => {
    const named = reference === undefined ? undefined : partFieldOf(reference);
    return [name, named && plain[named.part]?.fields?.[named.field]] as const;
  });
  return Object.fromEntries(declared);
}
