export interface ZendeskUser {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly role: string;
  readonly organization_id: number | null;
  readonly tags: readonly string[];
  readonly user_fields: Readonly<Record<string, string | null>>;
  /** ISO 8601. */
  readonly updated_at: string;
  readonly result_type: 'user';
}

/** The query is malformed. The message follows "Invalid search: ". */
export class InvalidSearch extends Error {}

/** `property:value`, `property:"a phrase"`, or a word to search for everywhere. */
const TERM = /(?:([a-z_]+):)?("[^"]*"|[^\s"]+)(?=\s|$)\s*/y;

/**
 * The users that match every term of a query.
 *
 * A phone number is compared by its digits. `*` at the beginning matches any beginning, and a sign
 * in the query makes the term match nothing. `*` in another property matches any text.
 *
 * @throws {InvalidSearch}
 */
export function searchUsers(query: string, users: readonly ZendeskUser[]): readonly ZendeskUser[] {
  if (query.trim() === '') throw new InvalidSearch('query cannot be blank');
  const terms = termsOf(query.trim());
  return users.filter((user) => terms.every(([property, value]) => matches(user, property, value)));
}

function termsOf(query: string): readonly (readonly [property: string | undefined, value: string])[] {
  const terms: [string | undefined, string][] = [];
  for (let at = 0; at < query.length; at = TERM.lastIndex) {
    TERM.lastIndex = at;
    const [, property, value = ''] = TERM.exec(query) ?? [];
    if (value === '') throw new InvalidSearch('unbalanced quotes');
    terms.push([property, value.replaceAll('"', '').toLowerCase()]);
  }
  return terms;
}

function matches(user: ZendeskUser, property: string | undefined, value: string): boolean {
  switch (property) {
    case 'type':
      return value === user.result_type;
    case 'phone':
      return matchesPhone(user.phone, value);
    case 'email':
      return wildcard(value).test(user.email);
    case 'role':
      return value === user.role;
    case undefined:
      return `${user.name} ${user.email}`
        .toLowerCase()
        .split(' ')
        .some((word) => wildcard(value).test(word));
    default:
      throw new InvalidSearch(`${property} is not a property of users`);
  }
}

function matchesPhone(phone: string, value: string): boolean {
  if (!/^\*?\d+$/.test(value)) return false;
  const digits = phone.replace(/\D/g, '');
  return value.startsWith('*') ? digits.endsWith(value.slice(1)) : digits === value;
}

function wildcard(value: string): RegExp {
  return new RegExp(`^${value.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`);
}
