import { createCustomer } from '../customers.js';

/** The number of people that every simulated vendor knows. */
const PEOPLE_COUNT = 200;

/** Has an apostrophe in name and e-mail. */
const APOSTROPHE = 23;
/** Has the phone number of the person before, so that a search finds two. */
const DUPLICATE = 49;

/** A customer, as the simulated systems of vendors know it. Each writes phone and id in its way. */
export interface Person {
  /** 1 to 200. */
  readonly n: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** Ten digits of the United States, a possible number: `5550000017`. */
  readonly phone: string;
  readonly company: string;
  readonly tier: string;
  readonly balance: number;
  readonly openCases: number;
  /** When the record was last changed, in milliseconds since 1970. A higher `n` is later. */
  readonly changedAtMs: number;
}

/** All people that the simulated vendors know, in the order of `n`. */
export function createPeople(): readonly Person[] {
  return Array.from({ length: PEOPLE_COUNT }, (_, at) => createPerson(at + 1));
}

function createPerson(n: number): Person {
  const { firstName, lastName, email, accountTier, balance } = createCustomer(n);
  const isApostrophe = n === APOSTROPHE;
  return {
    n,
    firstName,
    lastName: isApostrophe ? "O'Brien" : lastName,
    email: isApostrophe ? `o'brien${n}@example.com` : email,
    phone: `555${String(n === DUPLICATE ? n - 1 : n).padStart(7, '0')}`,
    company: `Company ${n}`,
    tier: accountTier ?? 'Standard',
    balance,
    openCases: n % 4,
    changedAtMs: Date.UTC(2026, 0, 1) + n * 60_000,
  };
}

/** `(555) 000-0017` */
export function withParentheses({ phone }: Pick<Person, 'phone'>): string {
  return `(${phone.slice(0, 3)}) ${withHyphen(phone.slice(3))}`;
}

function withHyphen(local: string): string {
  return `${local.slice(0, 3)}-${local.slice(3)}`;
}
