import { TokenCursor } from '../token-cursor.js';

export interface FreshdeskContact {
  readonly id: number;
  readonly active: boolean;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly company_id: number | null;
  readonly custom_fields: Readonly<Record<string, string | null>>;
  /** ISO 8601. */
  readonly updated_at: string;
}

const RULES = {
  blank: /\s+/y,
  text: /'[^']*'/y,
  word: /[a-z_]+|AND|OR/y,
  sign: /[:()]/y,
};
const FIELDS = ['email', 'mobile', 'phone', 'name'] as const;
type Field = (typeof FIELDS)[number];
type Condition = (contact: FreshdeskContact) => boolean;

/**
 * The contacts that match `field:'value'`, joined by AND and OR, with parentheses.
 *
 * @throws {QuerySyntaxError}
 */
export function searchContacts(query: string, contacts: readonly FreshdeskContact[]): readonly FreshdeskContact[] {
  const cursor = new TokenCursor(query, RULES);
  const matches = alternatives(cursor);
  cursor.expectEnd();
  return contacts.filter(matches);
}

function alternatives(cursor: TokenCursor): Condition {
  const options = [conjunction(cursor)];
  while (cursor.takeIf('or') !== undefined) options.push(conjunction(cursor));
  return (contact) => options.some((matches) => matches(contact));
}

function conjunction(cursor: TokenCursor): Condition {
  const parts = [condition(cursor)];
  while (cursor.takeIf('and') !== undefined) parts.push(condition(cursor));
  return (contact) => parts.every((matches) => matches(contact));
}

function condition(cursor: TokenCursor): Condition {
  if (cursor.takeIf('(') !== undefined) {
    const inner = alternatives(cursor);
    cursor.expect(')');
    return inner;
  }
  const field = cursor.expect(...FIELDS).text as Field;
  cursor.expect(':');
  const value = cursor.expectKind('text').text.slice(1, -1);
  return (contact) => contact[field] === value;
}
