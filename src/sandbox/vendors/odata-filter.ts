/** `$filter` of OData: comparisons, functions of texts, `and`, `or`, `not`. */
import { QuerySyntaxError, TokenCursor } from './token-cursor.js';

type Value = string | number | boolean | null;
export type ODataRecord = Readonly<Record<string, unknown>>;
export type ODataTest = (record: ODataRecord) => boolean;
type Read = (record: ODataRecord) => Value;

/** The filter names a property that the entity does not have, or compares different types. */
export class ODataTypeError extends Error {}

export interface ODataEntity {
  readonly name: string;
  /** Property → type of its literals. */
  readonly properties: Readonly<Record<string, 'text' | 'number' | 'boolean'>>;
  readonly dialect: Dialect;
}

/** The differences between systems. */
interface Dialect {
  /** Functions of texts. */
  readonly functions: readonly string[];
  /** `false`: `or` joins conditions about the same property only. */
  readonly joinsProperties: boolean;
  /** `true`: `*` in the text after `eq` matches any text. */
  readonly hasWildcards: boolean;
}

export const DATAVERSE: Dialect = {
  functions: ['contains', 'startswith', 'endswith'],
  joinsProperties: true,
  hasWildcards: false,
};
/** SAP Cloud for Customer. */
export const C4C: Dialect = { functions: ['startswith', 'endswith'], joinsProperties: false, hasWildcards: true };

const RULES: Readonly<Record<string, RegExp>> = {
  blank: /\s+/y,
  text: /'(?:[^']|'')*'/y,
  number: /-?\d+(?:\.\d+)?[mdfL]?(?![\w-])/y,
  name: /[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*/y,
  sign: /[(),]/y,
};
const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
};
const TEXT_TESTS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
};

/** A part of a filter. */
interface Condition {
  readonly test: ODataTest;
  /** The properties that it compares. */
  readonly properties: readonly string[];
}

/**
 * @throws {QuerySyntaxError} if the text is no filter
 * @throws {ODataTypeError} if it does not fit the entity
 */
export function parseODataFilter(text: string, entity: ODataEntity): ODataTest {
  const cursor = new TokenCursor(text, RULES);
  const { test } = parseOr(cursor, entity);
  cursor.expectEnd();
  return test;
}

function parseOr(cursor: TokenCursor, entity: ODataEntity): Condition {
  const parts = [parseAnd(cursor, entity)];
  while (cursor.takeIf('or') !== undefined) parts.push(parseAnd(cursor, entity));
  const properties = [...new Set(parts.flatMap((part) => part.properties))];
  if (parts.length > 1 && properties.length > 1 && !entity.dialect.joinsProperties)
    throw new ODataTypeError('Logical OR only works for the same property.');
  return { properties, test: (record) => parts.some(({ test }) => test(record)) };
}

function parseAnd(cursor: TokenCursor, entity: ODataEntity): Condition {
  const parts = [parseUnary(cursor, entity)];
  while (cursor.takeIf('and') !== undefined) parts.push(parseUnary(cursor, entity));
  const properties = parts.flatMap((part) => part.properties);
  return { properties, test: (record) => parts.every(({ test }) => test(record)) };
}

function parseUnary(cursor: TokenCursor, entity: ODataEntity): Condition {
  if (cursor.takeIf('not') !== undefined) {
    const { test, properties } = parseUnary(cursor, entity);
    return { properties, test: (record) => !test(record) };
  }
  if (cursor.takeIf('(') !== undefined) {
    const condition = parseOr(cursor, entity);
    cursor.expect(')');
    return condition;
  }
  const name = cursor.takeIf(...entity.dialect.functions);
  return name === undefined ? parseComparison(cursor, entity) : parseFunction(cursor, entity, name.text.toLowerCase());
}

function parseFunction(cursor: TokenCursor, entity: ODataEntity, name: string): Condition {
  cursor.expect('(');
  const text = parseOperand(cursor, entity);
  cursor.expect(',');
  const part = parseOperand(cursor, entity);
  cursor.expect(')');
  requireSame(text, part, entity);
  const holds = TEXT_TESTS[name] ?? cursor.fail();
  return {
    properties: [...text.properties, ...part.properties],
    test: (record) => holds(lowerText(text.read(record)), lowerText(part.read(record))),
  };
}

function parseComparison(cursor: TokenCursor, entity: ODataEntity): Condition {
  const left = parseOperand(cursor, entity);
  const operator = cursor.expect(...Object.keys(COMPARISONS)).text.toLowerCase();
  const right = parseOperand(cursor, entity);
  requireSame(left, right, entity);
  const holds = COMPARISONS[operator] ?? cursor.fail();
  const isPattern = entity.dialect.hasWildcards && operator === 'eq';
  return {
    properties: [...left.properties, ...right.properties],
    test: (record) => {
      const [value, operand] = [left.read(record), right.read(record)];
      return isPattern && typeof operand === 'string' && operand.includes('*')
        ? wildcards(operand).test(lowerText(value))
        : holds(order(value, operand));
    },
  };
}

function wildcards(text: string): RegExp {
  const parts = text.toLowerCase().split('*');
  return new RegExp(`^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
}

interface Operand {
  readonly type: string;
  readonly properties: readonly string[];
  readonly read: Read;
}

function parseOperand(cursor: TokenCursor, entity: ODataEntity): Operand {
  const { kind, text } = cursor.expectKind('text', 'number', 'name');
  if (kind === 'text') return constant('text', text.slice(1, -1).replaceAll("''", "'"));
  if (kind === 'number') return constant('number', Number.parseFloat(text));
  if (text === 'null') return constant('null', null);
  if (text === 'true' || text === 'false') return constant('boolean', text === 'true');
  const type = Object.hasOwn(entity.properties, text) ? entity.properties[text] : undefined;
  if (type === undefined)
    throw new ODataTypeError(`Could not find a property named '${text}' on type '${entity.name}'.`);
  return { type, properties: [text], read: (record) => (record[text] ?? null) as Value };
}

function constant(type: string, value: Value): Operand {
  return { type, properties: [], read: () => value };
}

function requireSame(left: Operand, right: Operand, { name }: ODataEntity): void {
  if (left.type === right.type || left.type === 'null' || right.type === 'null') return;
  throw new ODataTypeError(`Operands of types '${left.type}' and '${right.type}' cannot be compared on '${name}'.`);
}

/** Text is compared without its case, as the databases of both systems do. */
function order(left: Value, right: Value): number {
  const [a, b] = [lower(left), lower(right)];
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

function lower(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function lowerText(value: Value): string {
  return String(value ?? '').toLowerCase();
}

/** `$orderby`, `$top` and `$select` of a list, in this order. */
export function pageOf(
  records: readonly ODataRecord[],
  query: URLSearchParams,
  { name, properties }: ODataEntity,
): readonly ODataRecord[] {
  const requireProperty = (property: string): void => {
    if (Object.hasOwn(properties, property)) return;
    throw new ODataTypeError(`Could not find a property named '${property}' on type '${name}'.`);
  };
  const [by, direction = 'asc', ...rest] = (query.get('$orderby') ?? '').split(' ');
  if (rest.length > 0 || !['asc', 'desc'].includes(direction)) throw new QuerySyntaxError(0, direction);
  const sorted = [...records];
  if (by !== undefined && by !== '') {
    requireProperty(by);
    const sign = direction === 'desc' ? -1 : 1;
    sorted.sort((a, b) => sign * order((a[by] ?? null) as Value, (b[by] ?? null) as Value));
  }
  const top = query.get('$top') ?? '1000';
  if (!/^\d+$/.test(top)) throw new QuerySyntaxError(0, top);
  const selected = query.get('$select')?.split(',') ?? Object.keys(properties);
  selected.forEach(requireProperty);
  return sorted.slice(0, Number(top)).map((record) => ({
    ...Object.fromEntries(selected.map((property) => [property, record[property] ?? null])),
  }));
}
