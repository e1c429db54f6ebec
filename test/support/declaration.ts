import { stringify } from 'yaml';

/** Changes to the usual declaration. Durations are in milliseconds. */
export interface DeclarationChanges {
  readonly system?: Record<string, unknown>;
  readonly cache?: Record<string, unknown>;
  readonly lookups?: Record<string, unknown>;
  readonly callers?: Record<string, unknown>;
  readonly webhooks?: Record<string, unknown>;
}

/**
 * Returns a declaration file for one origin. The lookup `customer` finds a customer by phone or
 * e-mail, and `profile` by id. The webhook `crm` reads `objectId`. The near cache is off, so that a
 * test reads the store. A test of the near cache turns it on.
 */
export function declaration(originUrl: string, changes: DeclarationChanges = {}): string {
  return stringify({
    systems: { crm: { baseUrl: originUrl, timeoutMs: 2000, ...changes.system } },
    lookups: { customer: customer(changes), profile: profile(changes), ...changes.lookups },
    ...(changes.callers === undefined ? {} : { callers: changes.callers }),
    webhooks: { crm: { customerId: 'objectId', eventId: 'eventId' }, ...changes.webhooks },
  });
}

const FIELDS = {
  customerId: { type: 'string', from: 'id', default: 'UNKNOWN' },
  displayName: { type: 'string', from: '$join([firstName, lastName], " ")', default: '' },
  tier: { type: 'string', from: 'accountTier', default: 'Standard' },
};

function customer({ cache }: DeclarationChanges) {
  return {
    description: 'Resolve a caller by phone number or e-mail',
    key: [
      { input: 'ani', kind: 'phone' },
      { input: 'email', kind: 'email' },
    ],
    origin: {
      system: 'crm',
      method: 'GET',
      path: '/api/v2/customers',
      query: { phone: '{ani}', email: '{email}' },
      record: 'results[0]',
    },
    customerId: 'id',
    fields: FIELDS,
    cache: { nearTtlMs: 0, ...cache },
  };
}

function profile({ cache }: DeclarationChanges) {
  return {
    description: 'A customer by id',
    key: [{ input: 'customerId', kind: 'id' }],
    origin: { system: 'crm', path: '/api/v2/customers/{customerId}' },
    customerId: 'id',
    fields: FIELDS,
    cache: { nearTtlMs: 0, ...cache },
    priority: 'desktop',
  };
}

/** The record of Ada in the CRM of this declaration. */
export const ADA = { id: 'c-17', firstName: 'Ada', lastName: 'Lovelace', accountTier: 'Enterprise' };

/** The answer of `customer` for Ada, without the source and duration of the answer. */
export const ADA_ANSWER = { contactFound: true, customerId: 'c-17', displayName: 'Ada Lovelace', tier: 'Enterprise' };

/** The answer of `customer` for an unknown caller. */
export const DEFAULT_ANSWER = { contactFound: false, customerId: 'UNKNOWN', displayName: '', tier: 'Standard' };
