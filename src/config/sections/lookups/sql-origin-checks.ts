import { REQUIRED } from '../../schema/wordings.js';
import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { isDatabase } from '../systems/sql-checks.js';
import type { SystemSketches } from '../systems/system-schema.js';
import { soundAlternatives } from './key-schema.js';
import { ORIGIN_KEYS, type LookupSketch } from './lookup-schema.js';
import { findsNoRow } from './sql-conditions.js';
import { sqlProblem, type SqlDialect } from './sql-text.js';
import { parseTemplate } from './template.js';

interface SqlContext extends CheckContext {
  readonly systems: SystemSketches | undefined;
}

/** The keys of an origin that a database uses. */
const SQL_KEYS: ReadonlySet<string> = new Set(['system', 'sql', 'record']);

/** Checks that an origin has the keys of its system: `sql` for a database, else `path`. */
export function sqlOriginFindings({ origin, key }: LookupSketch, lookup: Path, context: SqlContext): Finding[] {
  const path = [...lookup, 'origin'];
  if (origin === undefined || !context.isSound([...path, 'sql'])) return [];
  const system = context.systems?.[origin.system ?? ''];
  const { sql } = origin;
  if (sql === undefined) return missingRequest(origin, path, context, system !== undefined && isDatabase(system));
  const dialect: SqlDialect = system?.type === 'mysql' ? 'mysql' : 'postgres';
  return [
    ...(system !== undefined && !isDatabase(system) ? [{ path: [...path, 'sql'], message: NO_DATABASE }] : []),
    ...keysOfHttp(origin, path),
    ...wrongSql(sql, dialect, path),
    ...(context.isSound([...lookup, 'key']) ? unmatched(sql, dialect, path, soundAlternatives(key)) : []),
  ];
}

const NO_DATABASE = 'needs a system of type postgres or mysql';

function missingRequest(
  origin: NonNullable<LookupSketch['origin']>,
  path: Path,
  { isSound }: CheckContext,
  needsSql: boolean,
): Finding[] {
  if (needsSql) return [{ path: [...path, 'sql'], message: REQUIRED }];
  return origin.path === undefined && isSound([...path, 'path'])
    ? [{ path: [...path, 'path'], message: REQUIRED }]
    : [];
}

function keysOfHttp(origin: object, path: Path): Finding[] {
  const keys = Object.keys(origin).filter((key) => ORIGIN_KEYS.includes(key) && !SQL_KEYS.has(key));
  const message = 'has no effect with sql: remove it';
  return keys.map((key) => ({ path: [...path, key], message, hidesValue: true }));
}

function wrongSql(sql: string, dialect: SqlDialect, path: Path): Finding[] {
  const message = sqlProblem(parseTemplate(sql), dialect);
  return message === undefined ? [] : [{ path: [...path, 'sql'], message, hidesValue: true }];
}

/** The inputs of the other alternatives are NULL, and a comparison with NULL is met by no row. */
function unmatched(
  sql: string,
  dialect: SqlDialect,
  path: Path,
  alternatives: readonly (readonly string[])[],
): Finding[] {
  const template = parseTemplate(sql);
  const message =
    'finds no row by one alternative of key: the other inputs are NULL; declare them as `all`, or join their conditions with OR';
  const without = alternatives.length < 2 ? [] : alternatives.filter((given) => findsNoRow(template, given, dialect));
  return without.map((given): Finding => {
    const detail = given.map((input) => `{${input}}`).join(', ');
    return { path: [...path, 'sql'], message, detail };
  });
}
