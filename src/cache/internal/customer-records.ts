import { hash } from 'node:crypto';
import type { CustomerRef } from '../../contracts/customer.js';
import type { RecordToAppend } from '../../messaging/log/event-log.js';
import { VALUE_VERSION, type CustomerUpdated } from '../../messaging/log/log-values.js';

/** The most text of hashes and keys in one record. A broker takes at least 1,000,000 bytes. */
const MAX_LISTED_BYTES = 30_000;

/** An invalidation, as other regions need it. */
export interface CustomerEvent {
  /** The mark of the event: 64 hex digits. */
  readonly id: string;
  readonly region: string;
  readonly customer: CustomerRef;
  readonly others: readonly CustomerRef[];
  readonly entryKeys: readonly string[];
  readonly critical: boolean;
}

interface Part {
  readonly customers: string[];
  readonly entryKeys: string[];
}

/**
 * The records of an invalidation. An event that names many customers or entries is split. All
 * records have the same key, so they are applied in their order. The last record has the id of the
 * event, and each of the others has a separate id.
 */
export function customerRecords(event: CustomerEvent): RecordToAppend[] {
  const { id, region, customer, critical } = event;
  const { tenant } = customer;
  const parts = partsOf(event);
  return parts.map((part, at) => {
    const partId = at === parts.length - 1 ? id : hash('sha256', `${id}:${at}`, 'hex');
    const about = { schema: VALUE_VERSION, type: 'customer.updated', id: partId, region, tenant } as const;
    const value: CustomerUpdated = { ...about, ...part, critical };
    return { topic: 'customer.updated', key: `${tenant}:${customer.hash}`, value: JSON.stringify(value) };
  });
}

/** Each part begins with the customer that the event is recorded under. */
function partsOf({ customer, others, entryKeys }: CustomerEvent): Part[] {
  const parts: Part[] = [];
  let bytes = MAX_LISTED_BYTES;
  const add = (list: keyof Part, text: string): void => {
    if (bytes + text.length > MAX_LISTED_BYTES) {
      parts.push({ customers: [customer.hash], entryKeys: [] });
      bytes = 0;
    }
    parts.at(-1)?.[list].push(text);
    bytes += text.length;
  };
  for (const other of others) add('customers', other.hash);
  for (const key of entryKeys) add('entryKeys', key);
  return parts.length === 0 ? [{ customers: [customer.hash], entryKeys: [] }] : parts;
}
