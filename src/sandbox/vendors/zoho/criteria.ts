/** The `criteria` of a search in Zoho CRM: `((Phone:equals:1)or(Mobile:equals:\(555\) 1))`. */
import { QuerySyntaxError, TokenCursor } from '../token-cursor.js';

export type ZohoRecord = Readonly<Record<string, unknown>>;
type Test = (record: ZohoRecord) => boolean;

const RULES: Readonly<Record<string, RegExp>> = {
  // A condition without its parentheses. In its value, signs of the language follow a backslash.
  condition: /\w+:\w+:(?:[^\\(),]|\\[\\(),])+/y,
  word: /and|or/y,
  sign: /[()]/y,
};
const OPERATORS: Readonly<Record<string, (value: string, operand: string) => boolean>> = {
  equals: (value, operand) => value === operand,
  not_equal: (value, operand) => value !== operand,
  starts_with: (value, operand) => value.startsWith(operand),
};
/** Zoho accepts no more. */
const MAX_CONDITIONS = 10;

/**
 * @param fields the fields that can be searched
 * @throws {QuerySyntaxError} if the text is no criteria
 */
export function parseCriteria(text: string, fields: ReadonlySet<string>): Test {
  if ((text.match(/:\w+:/g) ?? []).length > MAX_CONDITIONS) throw new QuerySyntaxError(0, text);
  const cursor = new TokenCursor(text, RULES);
  const test = parseGroup(cursor, fields);
  cursor.expectEnd();
  return test;
}

function parseGroup(cursor: TokenCursor, fields: ReadonlySet<string>): Test {
  cursor.expect('(');
  const test = cursor.next.kind === 'condition' ? parseCondition(cursor, fields) : parseJoined(cursor, fields);
  cursor.expect(')');
  return test;
}

function parseJoined(cursor: TokenCursor, fields: ReadonlySet<string>): Test {
  const parts = [parseGroup(cursor, fields)];
  const joint = cursor.takeIf('and', 'or')?.text;
  if (joint !== undefined) {
    parts.push(parseGroup(cursor, fields));
    while (cursor.takeIf(joint) !== undefined) parts.push(parseGroup(cursor, fields));
  }
  return joint === 'and'
    ? (record) => parts.every((part) => part(record))
    : (record) => parts.some((part) => part(record));
}

function parseCondition(cursor: TokenCursor, fields: ReadonlySet<string>): Test {
  const { text, at } = cursor.expectKind('condition');
  const [field = '', operator = '', ...rest] = text.split(':');
  const holds = OPERATORS[operator];
  if (holds === undefined || !fields.has(field)) throw new QuerySyntaxError(at, text);
  const operand = rest.join(':').replace(/\\(.)/g, '$1').toLowerCase();
  return (record) => holds(((record[field] ?? '') as string).toLowerCase(), operand);
}
