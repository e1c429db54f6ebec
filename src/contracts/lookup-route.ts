import type { ComposedLookupConfig } from '../config/sections/lookups/composed-config.js';
import type { FieldConfig, KeyInput, KeyKind, LookupConfig } from '../config/sections/lookups/lookup-config.js';
import { DEGRADED_REASONS } from '../kernel/errors.js';
import type { DipSource } from './dip.js';
import type { FlatOutput, FlatRoute } from './flat-route.js';

const SOURCES: readonly DipSource[] = ['cache', 'origin', 'stale', 'degraded', 'none'];

const KINDS: Readonly<Record<KeyKind, { readonly description: string; readonly example: string }>> = {
  phone: { description: 'Telephone number, best in E.164', example: '+15550017' },
  email: { description: 'E-mail address', example: 'customer17@example.com' },
  id: { description: 'Id', example: 'c-17' },
};

const FOUND: FlatOutput = {
  name: 'contactFound',
  type: 'boolean',
  description: 'True if the system of record knows the customer',
  fallback: false,
};

const PROVENANCE: readonly FlatOutput[] = [
  {
    name: 'source',
    type: 'string',
    description:
      'Source of the answer: cache; origin (the system of record); stale (an old value, being refreshed); degraded (defaults, see error); none (no usable input)',
    words: SOURCES,
    fallback: 'degraded',
  },
  { name: 'cacheHit', type: 'boolean', description: 'True if source is cache or stale', fallback: false },
  { name: 'latencyMs', type: 'integer', description: 'Milliseconds that the answer took', fallback: 0 },
  {
    name: 'error',
    type: 'string',
    description:
      'Empty; or why every field has its default: origin_timeout, origin_error, origin_rate_limited, shed, circuit_open, no_lookup_key, withheld (the caller hides the phone number)',
    words: ['', ...DEGRADED_REASONS, 'no_lookup_key', 'withheld'],
    fallback: 'origin_error',
  },
];

/** The further members of an answer of a composed lookup. */
const COMPLETENESS: readonly FlatOutput[] = [
  {
    name: 'partial',
    type: 'boolean',
    description: 'True if a part failed or had no usable input, so that its fields have their defaults',
    fallback: true,
  },
  { name: 'missing', type: 'string', description: 'The names of these parts, separated by commas', fallback: '' },
];

/** Describes the inputs and the answers of all declared lookups. */
export function lookupRoutes(
  lookups: ReadonlyMap<string, LookupConfig>,
  composed: ReadonlyMap<string, ComposedLookupConfig>,
): FlatRoute[] {
  return [...[...lookups.values()].map(lookupRoute), ...[...composed.values()].map(composedRoute)];
}

function lookupRoute({ name, description, key, fields }: LookupConfig): FlatRoute {
  const outputs = [FOUND, ...[...fields].map(outputOf), ...PROVENANCE];
  return { ...routeOf(name, description), inputs: inputsOf(key), outputs };
}

/** The inputs of the parts that get no input from another part are the inputs of the whole. */
function composedRoute({ name, description, parts, fields }: ComposedLookupConfig): FlatRoute {
  const keys = parts.flatMap(({ lookup, with: given }) => (given === undefined ? lookup.key : []));
  const distinct = [...new Map(keys.toReversed().map((key) => [key.input, key])).values()].toReversed();
  const outputs = [...fields].map(([field, { declared }]) => outputOf([field, declared]));
  return {
    ...routeOf(name, description),
    inputs: inputsOf(distinct),
    outputs: [FOUND, ...outputs, ...PROVENANCE, ...COMPLETENESS],
  };
}

function routeOf(name: string, description: string): Pick<FlatRoute, 'name' | 'description' | 'method' | 'path'> {
  return {
    name,
    description: description === '' ? `The lookup ${name}` : description,
    method: 'POST',
    path: `/lookup/${name}`,
  };
}

function inputsOf(key: readonly KeyInput[]): FlatRoute['inputs'] {
  const isOnlyInput = key.length === 1;
  return key.map(({ input, kind }) => ({
    name: input,
    description: isOnlyInput ? KINDS[kind].description : `${KINDS[kind].description}. One of the inputs is required`,
    required: isOnlyInput,
    example: KINDS[kind].example,
  }));
}

function outputOf([name, { type, default: fallback, description = '' }]: [string, FieldConfig]): FlatOutput {
  const label = description === '' ? name : description;
  return { name, type, description: `${label}; ${JSON.stringify(fallback)} if unknown`, fallback };
}
