/** The values that mysql2 reads, as JSON, by the type of the column. */
import type { FieldPacket } from 'mysql2';
import { jsonMoment, jsonNumber, type JsonWriter } from '../json-rows.js';

/** With `dateStrings`, `bigNumberStrings` and `jsonStrings`, and without NULL. */
export type MysqlValue = string | number | Buffer;

/** The numbers of the column types in MySQL's protocol. */
const TYPES = { longlong: 8, timestamp: 7, datetime: 12, bit: 16, json: 245, newDecimal: 246, decimal: 0, float: 4 };

const text: JsonWriter<MysqlValue> = (value) => {
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'));
  return typeof value === 'number' ? jsonNumber(String(value)) : JSON.stringify(value);
};
const number: JsonWriter<MysqlValue> = (value) => jsonNumber(String(value));
/** The digits that name a 32-bit number among all others: 9 are always enough. */
const MAX_FLOAT_DIGITS = 9;

/**
 * The shortest text of a 32-bit number, as PostgreSQL writes it. The library gives a double with
 * further digits: 1.100000023841858 for 1.1.
 */
const float: JsonWriter<MysqlValue> = (value) => {
  const stored = Number(value);
  for (let digits = 1; digits < MAX_FLOAT_DIGITS; digits++) {
    const short = Number(stored.toPrecision(digits));
    if (Math.fround(short) === Math.fround(stored)) return jsonNumber(String(short));
  }
  return jsonNumber(String(Number(stored.toPrecision(MAX_FLOAT_DIGITS))));
};
const moment: JsonWriter<MysqlValue> = (value) => jsonMoment(String(value));

const WRITERS: ReadonlyMap<number, JsonWriter<MysqlValue>> = new Map<number, JsonWriter<MysqlValue>>([
  [TYPES.longlong, number],
  [TYPES.decimal, number],
  [TYPES.float, float],
  [TYPES.newDecimal, number],
  [TYPES.timestamp, moment],
  [TYPES.datetime, moment],
  // At most 64 bits, the highest byte first.
  [
    TYPES.bit,
    (value) => (Buffer.isBuffer(value) ? BigInt(`0x${value.toString('hex') || '0'}`).toString() : text(value)),
  ],
  [TYPES.json, (value) => (typeof value === 'string' ? value : text(value))],
]);

/** MariaDB has no JSON type: its JSON columns are text. */
export function writerOf({ columnType = -1 }: Pick<FieldPacket, 'columnType'>): JsonWriter<MysqlValue> {
  return WRITERS.get(columnType) ?? text;
}
