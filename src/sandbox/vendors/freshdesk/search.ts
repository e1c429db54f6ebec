import { joinedConditions, type Condition } from '../joined-conditions.js';
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

/**
 * The contacts that match `field:'value'`, joined by AND and OR, with parentheses.
 *
 * @throws {QuerySyntaxError}
 */
export function searchContacts(query: string, contacts: readonly FreshdeskContact[]): readonly FreshdeskContact[] {
  const cursor = new TokenCursor(query, RULES);
  const matches = joinedConditions(cursor, condition);
  cursor.expectEnd();
  return contacts.filter(matches);
}

function condition(cursor: TokenCursor): Condition<FreshdeskContact> {
  const field = cursor.expect(...FIELDS).text as Field;
  cursor.expect(':');
  const value = cursor.expectKind('text').text.slice(1, -1);
  return (contact) => contact[field] === value;
}
