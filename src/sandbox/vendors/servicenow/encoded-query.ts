/** The encoded query of ServiceNow: `active=true^phone=1^ORphone=2^ORDERBYDESCsys_updated_on`. */
export type SnowRecord = Readonly<Record<string, string>>;
type Test = (record: SnowRecord) => boolean;

interface Order {
  readonly field: string;
  readonly isDescending: boolean;
}

/** Longer operators come first. */
const OPERATORS: readonly (readonly [sign: string, holds: (value: string, operand: string) => boolean])[] = [
  ['ISNOTEMPTY', (value) => value !== ''],
  ['ISEMPTY', (value) => value === ''],
  ['STARTSWITH', (value, operand) => value.startsWith(operand)],
  ['LIKE', (value, operand) => value.includes(operand)],
  ['IN', (value, operand) => operand.split(',').includes(value)],
  ['!=', (value, operand) => value !== operand],
  ['=', (value, operand) => value === operand],
];

/**
 * Selects and sorts as ServiceNow does.
 *
 * - `^OR` belongs to the condition before. `^NQ` begins another query.
 * - A condition about an unknown field is dropped, so the query finds more records.
 * - A value that begins with `javascript:` runs as a script. Here it matches every record.
 */
export function runEncodedQuery(
  query: string,
  records: readonly SnowRecord[],
  fields: ReadonlySet<string>,
): readonly SnowRecord[] {
  const orders: Order[] = [];
  const queries = query.split('^NQ').map((part) => queryTest(part, fields, orders));
  const found = records.filter((record) => queries.some((test) => test(record)));
  for (const { field, isDescending } of orders.toReversed()) {
    const sign = isDescending ? -1 : 1;
    found.sort((a, b) => sign * ((a[field] ?? '') < (b[field] ?? '') ? -1 : 1));
  }
  return found;
}

function queryTest(query: string, fields: ReadonlySet<string>, orders: Order[]): Test {
  const groups: Test[][] = [];
  for (const part of query.split('^')) {
    const order = /^ORDERBY(DESC)?(\w+)$/.exec(part);
    if (order !== null) orders.push({ field: order[2] ?? '', isDescending: order[1] !== undefined });
    else if (part === '' || part === 'EQ') continue;
    else if (part.startsWith('OR') && groups.length > 0) groups.at(-1)?.push(...conditionTest(part.slice(2), fields));
    else groups.push([...conditionTest(part, fields)]);
  }
  const wanted = groups.filter((group) => group.length > 0);
  return (record) => wanted.every((group) => group.some((test) => test(record)));
}

function conditionTest(condition: string, fields: ReadonlySet<string>): readonly Test[] {
  const field = /^[a-z_][a-z0-9_.]*/.exec(condition)?.[0] ?? '';
  const rest = condition.slice(field.length);
  const operator = OPERATORS.find(([sign]) => rest.startsWith(sign));
  if (operator === undefined || !fields.has(field)) return [];
  const [sign, holds] = operator;
  const operand = rest.slice(sign.length);
  if (/^\s*javascript:/i.test(operand)) return [() => true];
  return [(record) => holds((record[field] ?? '').toLowerCase(), operand.toLowerCase())];
}
