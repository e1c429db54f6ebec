import { withParentheses, type Person } from '../people.js';
import type { Literal } from './soql-syntax.js';

type FieldType = 'string' | 'number' | 'boolean' | 'dateTime';

export interface SObject {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Relationships to one record, by name. */
  readonly parents: Readonly<Record<string, SObject>>;
  /** Relationships to several records, by name. */
  readonly children: Readonly<Record<string, SObject>>;
}

export interface Row {
  readonly values: Readonly<Record<string, Literal>>;
  readonly parents: Readonly<Record<string, Row>>;
  readonly children: Readonly<Record<string, readonly Row[]>>;
}

const ACCOUNT: SObject = { name: 'Account', fields: fieldsOf('Id Name Type Rating'), parents: {}, children: {} };
const CASE: SObject = {
  name: 'Case',
  fields: { ...fieldsOf('Id CaseNumber Status'), IsClosed: 'boolean' },
  parents: {},
  children: {},
};
const CONTACT: SObject = {
  name: 'Contact',
  fields: {
    ...fieldsOf('Id Name FirstName LastName Email Phone MobilePhone HomePhone Title AccountId'),
    LastModifiedDate: 'dateTime',
  },
  parents: { Account: ACCOUNT },
  children: { Cases: CASE },
};

export const SOBJECTS: readonly SObject[] = [CONTACT, ACCOUNT, CASE];

/** Every fourth contact has a mobile number only, and a different spelling there. */
export function contactRows(people: readonly Person[]): readonly Row[] {
  return people.map((person) => {
    const { n, firstName, lastName, email, company, tier } = person;
    const isMobile = n % 4 === 0;
    const account: Row = {
      values: { Id: salesforceId('001', n), Name: company, Type: tier, Rating: null },
      parents: {},
      children: {},
    };
    return {
      values: {
        Id: salesforceId('003', n),
        Name: `${firstName} ${lastName}`,
        FirstName: firstName,
        LastName: lastName,
        Email: email,
        Phone: isMobile ? null : withParentheses(person),
        MobilePhone: isMobile ? `+1${person.phone}` : null,
        HomePhone: null,
        Title: null,
        AccountId: salesforceId('001', n),
        LastModifiedDate: new Date(person.changedAtMs).toISOString().replace('Z', '+0000'),
      },
      // Every tenth contact belongs to no account.
      parents: n % 10 === 0 ? {} : { Account: account },
      children: { Cases: casesOf(person) },
    };
  });
}

/** The open cases of a person, and one that is closed. */
function casesOf({ n, openCases }: Person): readonly Row[] {
  return Array.from({ length: openCases + 1 }, (_, at) => ({
    values: {
      Id: salesforceId('500', n * 10 + at),
      CaseNumber: String(n * 10 + at).padStart(8, '0'),
      Status: at === openCases ? 'Closed' : 'New',
      IsClosed: at === openCases,
    },
    parents: {},
    children: {},
  }));
}

/**
 * An id of 18 characters: 15, in which case matters, and 3 that say which of them are capital
 * letters. A system that ignores case can then compare ids.
 */
export function salesforceId(prefix: string, n: number): string {
  const id = `${prefix}Hs00${n.toString(36).toUpperCase().padStart(8, '0')}`;
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
  const suffix = [0, 5, 10].map((from) => {
    const capitals = Array.from(id.slice(from, from + 5), (sign, at) => (/[A-Z]/.test(sign) ? 2 ** at : 0));
    return letters[capitals.reduce((sum, bit) => sum + bit, 0)] ?? '';
  });
  return id + suffix.join('');
}

function fieldsOf(names: string): Readonly<Record<string, 'string'>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'string']));
}
