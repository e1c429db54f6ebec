/** PostgreSQL's text format as JSON, by the type of the column. */
import { jsonMoment, jsonNumber, type JsonWriter } from '../json-rows.js';

const text: JsonWriter<string> = (value) => JSON.stringify(value);

/** By the id of the type in `pg_type`. The ids of built-in types never change. */
const WRITERS: ReadonlyMap<number, JsonWriter<string>> = new Map<number, JsonWriter<string>>([
  [16, (value) => (value === 't' ? 'true' : 'false')], // boolean
  [17, (value) => JSON.stringify(Buffer.from(value.slice(2), 'hex').toString('base64'))], // bytea
  [20, jsonNumber], // bigint
  [21, jsonNumber], // smallint
  [23, jsonNumber], // integer
  [26, jsonNumber], // oid
  [700, jsonNumber], // real
  [701, jsonNumber], // double precision
  [1700, jsonNumber], // numeric
  [114, (value) => value], // json
  [3802, (value) => value], // jsonb
  [1114, jsonMoment], // timestamp
  [1184, jsonMoment], // timestamp with time zone
]);

/** Other types, such as arrays and intervals, become text as PostgreSQL writes it. */
export function writerOf(typeId: number): JsonWriter<string> {
  return WRITERS.get(typeId) ?? text;
}
