import type { RecordToAppend } from '../event-log.js';

const MAX_RECORDS = 500;
const MAX_BYTES = 256 * 1024;

/** @throws {RangeError} if a call appends more than `EventLog.append` allows */
export function checkAppend(records: readonly RecordToAppend[]): void {
  if (records.length > MAX_RECORDS) throw new RangeError(`${records.length} records; allowed: at most ${MAX_RECORDS}`);
  if (records.length < 2) return;
  const bytes = records.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (bytes > MAX_BYTES) throw new RangeError(`${bytes} bytes of text; allowed: at most ${MAX_BYTES}`);
}
