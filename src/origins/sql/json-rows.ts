/** Writes rows as JSON text, so that they are read as the answers of HTTP are read. */
import { RepeatedColumn } from './sql-database.js';

/** Writes a value that is not NULL as JSON. */
export type JsonWriter<Value> = (value: Value) => string;

export interface JsonColumn<Value> {
  readonly name: string;
  readonly write: JsonWriter<Value>;
}

/** @throws {RepeatedColumn} */
export function jsonRows<Value>(
  columns: readonly JsonColumn<Value>[],
  rows: readonly (readonly (Value | null)[])[],
): string {
  if (new Set(columns.map(({ name }) => name)).size < columns.length) throw new RepeatedColumn();
  const names = columns.map(({ name }, at) => `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  const texts = rows.map((row) => {
    let text = '';
    columns.forEach(({ write }, at) => {
      const value = row[at] ?? null;
      text += (names[at] ?? '') + (value === null ? 'null' : write(value));
    });
    return columns.length === 0 ? '{}' : `${text}}`;
  });
  return `[${texts.join(',')}]`;
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** A decimal number of 15 digits is exact as a double. */
const EXACT_DIGITS = 15;

/**
 * A number as JSON, with all its digits. A whole number stays a number: the reader keeps the digits
 * beyond 2^53. A fraction that a double cannot hold, `NaN` and `Infinity` become text.
 */
export function jsonNumber(text: string): string {
  const [, , fraction] = NUMBER.exec(text) ?? [];
  if (!NUMBER.test(text)) return JSON.stringify(text);
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '').length;
  return fraction === undefined || digits <= EXACT_DIGITS ? text : JSON.stringify(text);
}

const MOMENT = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:\d\d)?)?$/;

/** A date with a time as ISO 8601 writes it. Other text, such as `infinity`, stays. */
export function jsonMoment(text: string): string {
  const [, date, time, hours, minutes = ':00'] = MOMENT.exec(text) ?? [];
  if (date === undefined || time === undefined) return JSON.stringify(text);
  const zone = hours === undefined ? '' : hours === '+00' && minutes === ':00' ? 'Z' : hours + minutes;
  return JSON.stringify(`${date}T${time}${zone}`);
}
