import type { FieldConfig, KeyKind, LookupConfig } from '../config/config.js';
import { DEGRADED_REASONS } from '../kernel/errors.js';
import type { DipSource } from './dip.js';
import type { FlatOutput, FlatRoute } from './flat-route.js';

const SOURCES: readonly DipSource[] = ['cache', 'origin', 'stale', 'degraded', 'none'];

const KINDS: Readonly<Record<KeyKind, { readonly description: string; readonly example: string }>> = {
  phone: { description: 'Telephone number, in any spelling of E.164', example: '+15550017' },
  email: { description: 'E-mail address', example: 'customer17@example.com' },
  id: { description: 'Id', example: 'c-17' },
};

const FOUND: FlatOutput = {
  name: 'contactFound',
  type: 'boolean',
  description: 'True where the system of record knows the caller',
  fallback: false,
};

const PROVENANCE: readonly FlatOutput[] = [
  {
    name: 'source',
    type: 'string',
    description:
      'Where the answer is from: cache, origin, stale (old, being refreshed), degraded (defaults: see error), none (no usable input)',
    words: SOURCES,
    fallback: 'degraded',
  },
  { name: 'cacheHit', type: 'boolean', description: 'True where source is cache or stale', fallback: false },
  { name: 'latencyMs', type: 'integer', description: 'Milliseconds it took to answer', fallback: 0 },
  {
    name: 'error',
    type: 'string',
    description:
      'Empty, or why there are only defaults: origin_timeout, origin_error, origin_rate_limited, shed, circuit_open, no_lookup_key',
    words: ['', ...DEGRADED_REASONS, 'no_lookup_key'],
    fallback: 'origin_error',
  },
];

/** How a declared lookup is asked, and what it answers. */
export function lookupRoute({ name, description, key, fields }: LookupConfig): FlatRoute {
  const alone = key.length === 1;
  return {
    name,
    description: description === '' ? `The lookup ${name}` : description,
    method: 'POST',
    path: `/lookup/${name}`,
    inputs: key.map(({ input, kind }) => ({
      name: input,
      description: alone ? KINDS[kind].description : `${KINDS[kind].description}. One of the inputs is needed`,
      required: alone,
      example: KINDS[kind].example,
    })),
    outputs: [FOUND, ...[...fields].map(outputOf), ...PROVENANCE],
  };
}

function outputOf([name, { type, default: fallback, description = '' }]: [string, FieldConfig]): FlatOutput {
  const told = description === '' ? name : description;
  return { name, type, description: `${told}; ${JSON.stringify(fallback)} where it is not known`, fallback };
}
