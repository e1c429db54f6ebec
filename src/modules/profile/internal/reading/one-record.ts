/** Picks the one record of an answer. Runs in worker threads too. */
import type { UnusableAnswer } from '../../../../kernel/errors.js';
import { ExactRecord, roundedPart } from '../../../../expressions/exact-record.ts';
import { isBundleOfInformation, isInformation, isOutcome } from './reported-error.ts';

/**
 * The one record that a value is. A list of one record is that record. Entries that only inform,
 * which FHIR sends among the results, are no records.
 */
export function oneRecord(value: unknown, body: unknown): object | UnusableAnswer | undefined {
  const rounded = roundedPart(value);
  if (Array.isArray(rounded)) {
    const items = rounded.map((_, at) => itemOf(value, at)).filter((item) => !isNoRecord(roundedPart(item)));
    return items.length > 1 ? 'several_records' : oneRecord(items[0], body);
  }
  if (isNothing(rounded)) return undefined;
  if (typeof rounded !== 'object') return 'record_not_object';
  if (isOutcome(rounded)) return isBundleOfInformation(body) ? undefined : 'reported_error';
  return value as object;
}

function isNoRecord(item: unknown): boolean {
  return item === null || item === undefined || isInformation(item);
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function itemOf(list: unknown, at: number): unknown {
  if (!(list instanceof ExactRecord)) return (list as readonly unknown[])[at];
  const rounded = (list.rounded as readonly unknown[])[at];
  return ExactRecord.of(Array.isArray(list.exact) ? (list.exact[at] as unknown) : rounded, rounded);
}
