import { SalesforceError } from './salesforce-error.js';
import { SOBJECTS, type Row, type SObject } from './schema.js';
import type { Condition, Literal, Query } from './soql-syntax.js';

type Tables = Readonly<Record<string, readonly Row[]>>;
type Test = (row: Row) => boolean;

/** The records of a query, as the REST API writes them. */
export interface QueryResult {
  readonly totalSize: number;
  readonly done: true;
  readonly records: readonly object[];
}

/** @throws {SalesforceError} if the query names an object or a field that does not exist */
export function runSoql(query: Query, tables: Tables): QueryResult {
  const object = SOBJECTS.find(({ name }) => isSame(name, query.from));
  if (object === undefined) throw new SalesforceError('INVALID_TYPE', `sObject type '${query.from}' is not supported.`);
  return select(query, object, tables[object.name] ?? []);
}

function select(query: Query, object: SObject, rows: readonly Row[]): QueryResult {
  const columns = query.fields.map((field) => columnOf(object, field));
  const children = query.subqueries.map((subquery) => childrenOf(object, subquery));
  const test = query.where === undefined ? () => true : testOf(object, query.where);
  const found = rows.filter(test);
  for (const { field, isDescending } of query.orderBy.toReversed()) {
    const { read } = columnOf(object, field);
    found.sort((left, right) => compare(read(left), read(right)) * (isDescending ? -1 : 1));
  }
  const records = found.slice(0, query.limit).map((row) => {
    const record: Record<string, unknown> = { attributes: attributesOf(object, row) };
    for (const { write } of columns) write(record, row);
    for (const write of children) write(record, row);
    return record;
  });
  return { totalSize: records.length, done: true, records };
}

interface Column {
  readonly type: string;
  readonly read: (row: Row) => Literal;
  readonly write: (record: Record<string, unknown>, row: Row) => void;
}

function columnOf(object: SObject, path: string): Column {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) return ownColumn(object, first);
  const relation = Object.entries(object.parents).find(([name]) => isSame(name, first));
  if (relation === undefined)
    throw new SalesforceError('INVALID_FIELD', `Didn't understand relationship '${first}' in field path.`);
  const [name, parent] = relation;
  const column = columnOf(parent, rest.join('.'));
  return {
    type: column.type,
    read: (row) => {
      const above = row.parents[name];
      return above === undefined ? null : column.read(above);
    },
    write: (record, row) => {
      const above = row.parents[name];
      record[name] ??= above === undefined ? null : { attributes: attributesOf(parent, above) };
      if (above !== undefined) column.write(record[name] as Record<string, unknown>, above);
    },
  };
}

function ownColumn(object: SObject, path: string): Column {
  const field = Object.entries(object.fields).find(([name]) => isSame(name, path));
  if (field === undefined)
    throw new SalesforceError('INVALID_FIELD', `No such column '${path}' on entity '${object.name}'.`);
  const [name, type] = field;
  const read = (row: Row): Literal => row.values[name] ?? null;
  return { type, read, write: (record, row) => (record[name] = read(row)) };
}

/** A subquery without records is null, and no empty list. */
function childrenOf(object: SObject, subquery: Query): Column['write'] {
  const relation = Object.entries(object.children).find(([name]) => isSame(name, subquery.from));
  if (relation === undefined)
    throw new SalesforceError(
      'INVALID_TYPE',
      `Didn't understand relationship '${subquery.from}' in FROM part of query.`,
    );
  const [name, child] = relation;
  return (record, row) => {
    const result = select(subquery, child, row.children[name] ?? []);
    record[name] = result.totalSize === 0 ? null : result;
  };
}

function testOf(object: SObject, condition: Condition): Test {
  switch (condition.kind) {
    case 'not': {
      const part = testOf(object, condition.part);
      return (row) => !part(row);
    }
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => testOf(object, part));
      return condition.kind === 'and'
        ? (row) => parts.every((part) => part(row))
        : (row) => parts.some((part) => part(row));
    }
    case 'in': {
      const tests = condition.values.map((value) => comparison(object, condition.field, '=', value));
      return (row) => tests.some((test) => test(row));
    }
    case 'compare':
      return comparison(object, condition.field, condition.operator, condition.value);
  }
}

function comparison(object: SObject, field: string, operator: string, value: Literal): Test {
  const { type, read } = columnOf(object, field);
  if (value !== null && (typeof value === 'string' ? 'string' : typeof value) !== expectedLiteral(type))
    throw new SalesforceError(
      'INVALID_FIELD',
      `value of filter criterion for field '${field}' must be of type ${type} and should${type === 'string' ? '' : ' not'} be enclosed in quotes`,
    );
  if (operator === 'like') {
    const pattern = likePattern(String(value));
    return (row) => pattern.test(String(read(row) ?? ''));
  }
  return (row) => holds(operator, compare(read(row), value));
}

function expectedLiteral(type: string): string {
  return type === 'number' || type === 'boolean' ? type : 'string';
}

function holds(operator: string, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Text is compared without its case. Null comes first. */
function compare(left: Literal, right: Literal): number {
  const [a, b] = [comparable(left), comparable(right)];
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

function comparable(value: Literal): Literal {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function likePattern(text: string): RegExp {
  const source = text
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, 'is');
}

function attributesOf({ name }: SObject, { values }: Row): object {
  return { type: name, url: `/services/data/v62.0/sobjects/${name}/${String(values.Id)}` };
}

function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}
