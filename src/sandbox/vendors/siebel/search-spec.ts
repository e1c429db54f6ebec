import { joinedConditions, type Condition } from '../joined-conditions.js';
import { QuerySyntaxError, TokenCursor } from '../token-cursor.js';

/** Field → value. Every value is text. A national number is digits; another number has a `+`. */
export type SiebelContact = Readonly<Record<string, string>>;

export const FIELD_NAMES: readonly string[] = [
  ...['Id', 'First Name', 'Last Name', 'Email Address', 'Main Phone #', 'Cellular Phone #'],
  ...['Account', 'Status', 'Updated'],
];
/** A text stands between single or double quotes, and cannot hold its own quote. */
const RULES = {
  blank: /\s+/y,
  field: /\[[^\]]*\]/y,
  text: /'[^']*'|"[^"]*"/y,
  sign: /<>|[=()]/y,
  word: /[A-Za-z]+/y,
};

/**
 * The contacts that match a search specification, such as `[Main Phone #] = '5551234567'`. AND
 * binds closer than OR. `LIKE` takes `*` and `?`.
 *
 * @throws {QuerySyntaxError}
 */
export function searchContacts(spec: string, contacts: readonly SiebelContact[]): readonly SiebelContact[] {
  const cursor = new TokenCursor(spec, RULES);
  const matches = joinedConditions(cursor, condition);
  cursor.expectEnd();
  return contacts.filter(matches);
}

function condition(cursor: TokenCursor): Condition<SiebelContact> {
  const { text, at } = cursor.expectKind('field');
  const name = text.slice(1, -1);
  if (!FIELD_NAMES.includes(name)) throw new QuerySyntaxError(at, text, `no field ${text} (SBL-DAT-00501)`);
  const operator = cursor.expect('=', '<>', 'like').text.toLowerCase();
  const value = cursor.expectKind('text').text.slice(1, -1);
  const pattern = operator === 'like' ? likePattern(value) : undefined;
  return (contact) => {
    const content = contact[name] ?? '';
    return pattern === undefined ? (content === value) === (operator === '=') : pattern.test(content);
  };
}

function likePattern(value: string): RegExp {
  const source = value
    .replace(/[^\w*?]/g, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', '.*');
  return new RegExp(`^${source}$`);
}
