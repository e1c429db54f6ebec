import { stringify } from 'yaml';
import { customerId, emailOf, phoneOf } from './crm.js';

/**
 * How long a near cache may serve an entry after its invalidation when messages are lost;
 * milliseconds.
 */
const NEAR_GRACE_MS = 2000;

/** A lookup and the input that names the customer. Each variant has its own cache entry. */
export interface LookupVariant {
  readonly lookup: string;
  readonly input: 'ani' | 'email' | 'customerId';
  readonly graceMs: number;
}

interface Declared {
  readonly by: 'contact' | 'id';
  readonly cache: { ttlMs: number; staleMs: number; notFoundTtlMs: number; nearTtlMs: number };
}

/**
 * Short lifetimes take an entry through every state often.
 * Near-cache entries live far longer than an invalidation may take.
 * A missed invalidation therefore shows as a stale read before the entry expires.
 */
const LOOKUPS: Readonly<Record<string, Declared>> = {
  customer: { by: 'contact', cache: { ttlMs: 1200, staleMs: 20_000, notFoundTtlMs: 0, nearTtlMs: 0 } },
  profile: { by: 'id', cache: { ttlMs: 30_000, staleMs: 0, notFoundTtlMs: 5000, nearTtlMs: 0 } },
  status: { by: 'id', cache: { ttlMs: 600, staleMs: 1000, notFoundTtlMs: 0, nearTtlMs: 0 } },
  'near-customer': { by: 'contact', cache: { ttlMs: 60_000, staleMs: 60_000, notFoundTtlMs: 0, nearTtlMs: 60_000 } },
  'near-profile': { by: 'id', cache: { ttlMs: 60_000, staleMs: 0, notFoundTtlMs: 5000, nearTtlMs: 60_000 } },
};

export const LOOKUP_VARIANTS: readonly LookupVariant[] = Object.entries(LOOKUPS).flatMap(([lookup, { by, cache }]) => {
  const graceMs = cache.nearTtlMs > 0 ? NEAR_GRACE_MS : 0;
  const inputs = by === 'id' ? (['customerId'] as const) : (['ani', 'email'] as const);
  return inputs.map((input) => ({ lookup, input, graceMs }));
});

export function inputOf(variant: LookupVariant, customer: number): Record<string, string> {
  switch (variant.input) {
    case 'ani':
      return { ani: phoneOf(customer) };
    case 'email':
      return { email: emailOf(customer) };
    case 'customerId':
      return { customerId: customerId(customer) };
  }
}

/** Returns the declaration file (YAML) of the processes under test. */
export function declarationFile(crmUrl: string): string {
  const lookups = Object.entries(LOOKUPS).map(([name, declared]) => [name, lookup(declared)] as const);
  return stringify({ systems: { crm: { baseUrl: crmUrl } }, lookups: Object.fromEntries(lookups) });
}

function lookup({ by, cache }: Declared): unknown {
  const fields = {
    customerId: { type: 'string', from: 'id', default: '' },
    version: { type: 'integer', from: 'version', default: -1 },
  };
  const source = by === 'id' ? SOURCE_BY_ID : SOURCE_BY_CONTACT;
  return { ...source, customerId: 'id', fields, cache };
}

const SOURCE_BY_ID = {
  key: [{ input: 'customerId', kind: 'id' }],
  origin: { system: 'crm', path: '/customers/{customerId}' },
};

const SOURCE_BY_CONTACT = {
  key: [
    { input: 'ani', kind: 'phone' },
    { input: 'email', kind: 'email' },
  ],
  origin: {
    system: 'crm',
    path: '/customers',
    query: { phone: '{ani}', email: '{email}' },
    record: 'results[0]',
  },
};
