/** The syntax of SOQL: the part of SELECT that reads records by their fields. */
import { QuerySyntaxError, TokenCursor } from '../token-cursor.js';

export type Literal = string | number | boolean | null;

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Literal[] };

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like';

export interface Query {
  /** Names with their relationships, such as `Account.Name`. */
  readonly fields: readonly string[];
  readonly subqueries: readonly Query[];
  readonly from: string;
  readonly where: Condition | undefined;
  readonly orderBy: readonly { readonly field: string; readonly isDescending: boolean }[];
  readonly limit: number | undefined;
}

const RULES: Readonly<Record<string, RegExp>> = {
  blank: /\s+/y,
  text: /'(?:[^'\\]|\\[nrtbf"'\\_%])*'/y,
  moment: /\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?/y,
  number: /[+-]?\d+(?:\.\d+)?/y,
  name: /[A-Za-z]\w*(?:\.[A-Za-z]\w*)*/y,
  sign: /!=|<>|<=|>=|[=<>(),]/y,
};

/** Words that are no names of fields or objects. */
const RESERVED = new Set('and asc desc from in like limit not null nulls or order select where'.split(' '));
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** @throws {QuerySyntaxError} if the text is no query */
export function parseSoql(text: string): Query {
  const cursor = new TokenCursor(text, RULES);
  const query = parseQuery(cursor);
  cursor.expectEnd();
  return query;
}

function parseQuery(cursor: TokenCursor): Query {
  cursor.expect('select');
  const fields: string[] = [];
  const subqueries: Query[] = [];
  do {
    if (cursor.takeIf('(') === undefined) fields.push(nameAt(cursor));
    else {
      subqueries.push(parseQuery(cursor));
      cursor.expect(')');
    }
  } while (cursor.takeIf(',') !== undefined);
  cursor.expect('from');
  return { fields, subqueries, from: nameAt(cursor), ...parseClauses(cursor) };
}

function parseClauses(cursor: TokenCursor): Pick<Query, 'where' | 'orderBy' | 'limit'> {
  const where = cursor.takeIf('where') === undefined ? undefined : parseCondition(cursor);
  const orderBy = cursor.takeIf('order') === undefined ? [] : parseOrder(cursor);
  const limit = cursor.takeIf('limit') === undefined ? undefined : Number(cursor.expectKind('number').text);
  return { where, orderBy, limit };
}

/** SOQL refuses AND next to OR without parentheses. */
function parseCondition(cursor: TokenCursor): Condition {
  const first = parsePart(cursor);
  const joint = cursor.takeIf('and', 'or')?.text.toLowerCase();
  if (joint !== 'and' && joint !== 'or') return first;
  const parts = [first, parsePart(cursor)];
  while (cursor.takeIf(joint) !== undefined) parts.push(parsePart(cursor));
  if (['and', 'or'].includes(cursor.next.text.toLowerCase())) cursor.fail();
  return { kind: joint, parts };
}

function parsePart(cursor: TokenCursor): Condition {
  if (cursor.takeIf('not') !== undefined) return { kind: 'not', part: parsePart(cursor) };
  if (cursor.takeIf('(') !== undefined) {
    const condition = parseCondition(cursor);
    cursor.expect(')');
    return condition;
  }
  return parseComparison(cursor, nameAt(cursor));
}

function parseComparison(cursor: TokenCursor, field: string): Condition {
  if (cursor.takeIf('in') !== undefined) return { kind: 'in', field, values: parseList(cursor) };
  if (cursor.takeIf('not') !== undefined) {
    cursor.expect('in');
    return { kind: 'not', part: { kind: 'in', field, values: parseList(cursor) } };
  }
  const sign = cursor.expect('=', '!=', '<>', '<', '<=', '>', '>=', 'like').text.toLowerCase();
  const operator = (sign === '<>' ? '!=' : sign) as Operator;
  return { kind: 'compare', field, operator, value: parseLiteral(cursor) };
}

function parseList(cursor: TokenCursor): readonly Literal[] {
  cursor.expect('(');
  const values = [parseLiteral(cursor)];
  while (cursor.takeIf(',') !== undefined) values.push(parseLiteral(cursor));
  cursor.expect(')');
  return values;
}

function parseLiteral(cursor: TokenCursor): Literal {
  const word = cursor.takeIf('true', 'false', 'null')?.text.toLowerCase();
  if (word !== undefined) return word === 'null' ? null : word === 'true';
  const { kind, text } = cursor.expectKind('text', 'number', 'moment');
  if (kind === 'number') return Number(text);
  return kind === 'text' ? unescaped(text.slice(1, -1)) : text;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, sign: string) => ESCAPED[sign] ?? sign);
}

function parseOrder(cursor: TokenCursor): Query['orderBy'] {
  cursor.expect('by');
  const order: { field: string; isDescending: boolean }[] = [];
  do {
    const field = nameAt(cursor);
    const isDescending = cursor.takeIf('asc', 'desc')?.text.toLowerCase() === 'desc';
    if (cursor.takeIf('nulls') !== undefined) cursor.expect('first', 'last');
    order.push({ field, isDescending });
  } while (cursor.takeIf(',') !== undefined);
  return order;
}

function nameAt(cursor: TokenCursor): string {
  const { text, at } = cursor.expectKind('name');
  if (RESERVED.has(text.toLowerCase())) throw new QuerySyntaxError(at, text);
  return text;
}
