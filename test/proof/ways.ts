import { stringify } from 'yaml';
import { customerId, emailOf, phoneOf } from './crm.js';

/** Beyond this a near copy may not answer, whatever happens to the messages. Contract, section 4. */
const NEAR_GRACE_MS = 2000;

/** One way to ask for a customer: each is an entry of its own. */
export interface Way {
  readonly lookup: string;
  readonly input: 'ani' | 'email' | 'customerId';
  readonly graceMs: number;
}

interface Declared {
  readonly by: 'contact' | 'id';
  readonly cache: { ttlMs: number; staleMs: number; notFoundTtlMs: number; nearTtlMs: number };
}

/**
 * Short lives go through every state of an entry often. Near copies live far longer than what an invalidation may wait for, so that one
 * which was missed cannot end unseen by itself.
 */
const LOOKUPS: Readonly<Record<string, Declared>> = {
  customer: { by: 'contact', cache: { ttlMs: 1200, staleMs: 20_000, notFoundTtlMs: 0, nearTtlMs: 0 } },
  profile: { by: 'id', cache: { ttlMs: 30_000, staleMs: 0, notFoundTtlMs: 5000, nearTtlMs: 0 } },
  status: { by: 'id', cache: { ttlMs: 600, staleMs: 1000, notFoundTtlMs: 0, nearTtlMs: 0 } },
  'near-customer': { by: 'contact', cache: { ttlMs: 60_000, staleMs: 60_000, notFoundTtlMs: 0, nearTtlMs: 60_000 } },
  'near-profile': { by: 'id', cache: { ttlMs: 60_000, staleMs: 0, notFoundTtlMs: 5000, nearTtlMs: 60_000 } },
};

export const WAYS: readonly Way[] = Object.entries(LOOKUPS).flatMap(([lookup, { by, cache }]) => {
  const graceMs = cache.nearTtlMs > 0 ? NEAR_GRACE_MS : 0;
  const inputs = by === 'id' ? (['customerId'] as const) : (['ani', 'email'] as const);
  return inputs.map((input) => ({ lookup, input, graceMs }));
});

export function inputOf(way: Way, customer: number): Record<string, string> {
  switch (way.input) {
    case 'ani':
      return { ani: phoneOf(customer) };
    case 'email':
      return { email: emailOf(customer) };
    case 'customerId':
      return { customerId: customerId(customer) };
  }
}

/** The declaration file of the processes under test. */
export function waysDeclared(crmUrl: string): string {
  const lookups = Object.entries(LOOKUPS).map(([name, declared]) => [name, lookup(declared)] as const);
  return stringify({ systems: { crm: { baseUrl: crmUrl } }, lookups: Object.fromEntries(lookups) });
}

function lookup({ by, cache }: Declared): unknown {
  const fields = {
    customerId: { type: 'string', from: 'id', default: '' },
    version: { type: 'integer', from: 'version', default: -1 },
  };
  const asked = by === 'id' ? ASKED_BY_ID : ASKED_BY_CONTACT;
  return { ...asked, customerId: 'id', fields, cache };
}

const ASKED_BY_ID = {
  key: [{ input: 'customerId', kind: 'id' }],
  origin: { system: 'crm', path: '/customers/{customerId}' },
};

const ASKED_BY_CONTACT = {
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
