import type { ComposedLookupConfig } from '../config/sections/lookups/composed-config.js';
import { entryInputs } from '../config/sections/lookups/key-inputs.js';
import type { FieldConfig, KeyEntry, KeyKind, LookupConfig } from '../config/sections/lookups/lookup-config.js';
import { DEGRADED_REASONS } from '../kernel/errors.js';
import type { DipSource } from './dip.js';
import type { FlatInput, FlatOutput, FlatRoute } from './flat-route.js';

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
  const outputs = [...fields].map(([field, { declared }]) => outputOf([field, declared]));
  return {
    ...routeOf(name, description),
    inputs: inputsOf(keys),
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

/** Two alternatives may have the same inputs: parts of a composed lookup may share inputs. */
function inputsOf(key: readonly KeyEntry[]): FlatRoute['inputs'] {
  const alternatives = new Set(key.map((entry) => inputNames(entry).toSorted().join()));
  const isRequired = alternatives.size === 1;
  const inputs = new Map<string, FlatInput>();
  for (const entry of key) {
    for (const { input, kind } of entryInputs(entry)) {
      if (inputs.has(input)) continue;
      const others = inputNames(entry).filter((other) => other !== input);
      const together = others.length === 0 ? '' : `. Counts only together with ${others.join(' and ')}`;
      const description = `${KINDS[kind].description}${together}${isRequired ? '' : '. One of the inputs is required'}`;
      inputs.set(input, { name: input, description, required: isRequired, example: KINDS[kind].example });
    }
  }
  return [...inputs.values()];
}

function inputNames(entry: KeyEntry): string[] {
  return entryInputs(entry).map(({ input }) => input);
}

function outputOf([name, { type, default: fallback, description = '' }]: [string, FieldConfig]): FlatOutput {
  const label = description === '' ? name : description;
  return { name, type, description: `${label}; ${JSON.stringify(fallback)} if unknown`, fallback };
}
