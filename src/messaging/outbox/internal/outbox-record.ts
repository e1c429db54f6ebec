import { isLogTopic, type RecordToAppend } from '../../log/event-log.js';

/** The field of a stream entry that holds a record. */
const FIELD = 'r';

/** A record in a stream, and its id. */
export interface StoredRecord {
  readonly id: string;
  /** `undefined` means that no version of Datadip wrote this entry. */
  readonly record: RecordToAppend | undefined;
}

/** The text of a record: topic, key and value, one per line. JSON text has no line breaks. */
export function encodeRecord({ topic, key, value }: RecordToAppend): string {
  return `${topic}\n${key}\n${value}`;
}

/** Reads the reply to XRANGE. */
export function storedRecords(entries: readonly (readonly [id: string, fields: readonly string[]])[]): StoredRecord[] {
  return entries.map(([id, [field, text = '']]) => ({ id, record: field === FIELD ? decodeRecord(text) : undefined }));
}

/** The bytes of a record, as the log counts them. */
export function sizeOf({ key, value }: RecordToAppend): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value);
}

/** When a record was stored, by the clock of Redis, Unix milliseconds. */
export function storedAtMs(id: string): number {
  return Number(id.split('-')[0]);
}

/** Whether the id is later than the other. Ids are `<ms>-<number>`. */
export function isLater(id: string, other: string): boolean {
  const [ms = 0, number = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherNumber = 0] = other.split('-').map(Number);
  return ms === otherMs ? number > otherNumber : ms > otherMs;
}

function decodeRecord(text: string): RecordToAppend | undefined {
  const [topic = '', key = '', value] = text.split('\n');
  return value !== undefined && isLogTopic(topic) ? { topic, key, value } : undefined;
}
