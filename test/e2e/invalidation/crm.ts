import { Answer } from '../../support/origin-replies.js';
import type { OriginCall, OriginHandler } from '../../support/origin.js';

export interface Person {
  readonly id: string;
  readonly phone: string;
  readonly mobile: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly accountTier: string;
}

/** The customer of the tests. The last name changes during a test. */
export const ADA: Person = {
  id: 'c-17',
  phone: '+15550017',
  mobile: '+15551117',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Byron',
  accountTier: 'Enterprise',
};
export const BOB: Person = {
  ...ADA,
  id: 'c-18',
  phone: '+15550018',
  mobile: '+15551118',
  email: 'bob@example.com',
  firstName: 'Bob',
};
export const OLD_NAME = 'Ada Byron';
export const NEW_NAME = 'Ada Lovelace';
export const NAME_OF_BOB = 'Bob Byron';

/**
 * The records of a system of record. An origin answers from these records, and tests change them.
 */
export class Crm {
  private readonly people = new Map<string, Person>([ADA, BOB].map((person) => [person.id, person]));

  /** The handler for `ScriptedOrigin.answer`. Reads the records when a call arrives. */
  readonly answer: OriginHandler = ({ url }: OriginCall) => {
    const { pathname, searchParams } = new URL(url, 'http://crm');
    const id = /^\/api\/v2\/customers\/(.+)$/.exec(pathname)?.[1];
    if (id === undefined) return { results: this.search(searchParams) };
    return this.people.get(decodeURIComponent(id)) ?? Answer.json({ error: 'not found' }, 404);
  };

  renameAda(): void {
    this.add({ ...ADA, lastName: 'Lovelace' });
  }

  add(person: Person): void {
    this.people.set(person.id, person);
  }

  private search(query: URLSearchParams): Person[] {
    const [number, email] = [query.get('phone'), query.get('email')];
    return [...this.people.values()].filter(
      (person) => person.phone === number || person.mobile === number || person.email === email,
    );
  }
}
