/** The number of customers: `c-1` to `c-100000`. */
const CUSTOMER_COUNT = 100_000;

/**
 * An original customer of the simulated CRM. Its number determines every field, so none is stored.
 */
export interface Customer {
  readonly id: string;
  readonly phone: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Missing or `null` for every 97th customer, because a reader of records must have defaults. */
  readonly accountTier?: string | null;
  readonly preferredLanguage: string;
  readonly vip: boolean;
  readonly status: string;
  readonly balance: number;
  readonly currency: string;
  readonly creditLimit: number;
  // Bait for leak tests: no lookup declares these three fields. They must never appear in a cache,
  // an answer or a log downstream.
  readonly ssn: string;
  readonly cardToken: string;
  readonly notes: string;
}

// Lists of 20 and 23 names, in an order that makes number 17 Ada Lovelace. Full names repeat only
// after 460 customers.
// prettier-ignore
const FIRST_NAMES = [
  'Yuki', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Frances', 'John', 'Hedy', 'Claude',
  'Radia', 'Leslie', 'Karen', 'Niklaus', 'Shafi', 'Tony', 'Mary', 'Ada', 'Kenneth', 'Margaret',
] as const;
// prettier-ignore
const LAST_NAMES = [
  'Tanaka', 'Hopper', 'Turing', 'Dijkstra', 'Liskov', 'Knuth', 'Allen', 'Backus', 'Lamarr', 'Shannon', 'Perlman', 'Lamport',
  'Jones', 'Wirth', 'Goldwasser', 'Hoare', 'Jackson', 'Lovelace', 'Thompson', 'Hamilton', 'Okafor', 'Moreau', 'Silva',
] as const;
const TIERS = ['Trial', 'Enterprise', 'Professional', 'Standard'] as const;
const LANGUAGES = ['en-US', 'de-DE', 'fr-FR', 'es-ES'] as const;

/** @param n a whole number from 1 to `CUSTOMER_COUNT` */
export function createCustomer(n: number): Customer {
  const language = pick(LANGUAGES, Math.floor(n / TIERS.length));
  return {
    id: `c-${n}`,
    phone: `+1555${String(n).padStart(4, '0')}`,
    email: `customer${n}@example.com`,
    firstName: pick(FIRST_NAMES, n),
    lastName: pick(LAST_NAMES, n),
    ...tierOf(n),
    preferredLanguage: language,
    vip: scramble(n, 1) % 10 === 0,
    status: statusOf(scramble(n, 2) % 100),
    balance: (scramble(n, 3) % 1_000_000) / 100,
    currency: language === 'en-US' ? 'USD' : 'EUR',
    creditLimit: 500 * (1 + (scramble(n, 4) % 20)),
    ssn: `900-${String(n).padStart(6, '0').replace(/^../, '$&-')}`,
    cardToken: `tok-sandbox-${n}`,
    notes: `Private note about customer ${n}: asked not to be called at work.`,
  };
}

/** The number of the original customer. `undefined` for every spelling other than the record's. */
export function customerNumber(field: 'id' | 'phone' | 'email', value: string): number | undefined {
  const n = Number(SPELLINGS[field].exec(value)?.[1] ?? Number.NaN);
  const exists = n >= 1 && n <= CUSTOMER_COUNT;
  return exists && createCustomer(n)[field] === value ? n : undefined;
}

const SPELLINGS = {
  id: /^c-(\d{1,6})$/,
  phone: /^\+1555(\d{4,6})$/,
  email: /^customer(\d{1,6})@example\.com$/,
} as const;

function tierOf(n: number): { readonly accountTier?: string | null } {
  if (n % 97 !== 0) return { accountTier: pick(TIERS, n) };
  return n % 2 === 0 ? { accountTier: null } : {};
}

function statusOf(percentile: number): string {
  if (percentile < 88) return 'active';
  return percentile < 97 ? 'past_due' : 'closed';
}

function pick(list: readonly string[], n: number): string {
  return list[n % list.length] ?? '';
}

/**
 * Spreads neighbouring numbers over 32 bits. Each salt gives other numbers, so that no field of a
 * customer determines another.
 */
function scramble(n: number, salt: number): number {
  let bits = Math.imul(n + salt * 1_000_003, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
