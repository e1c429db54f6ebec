import { hash } from 'node:crypto';
import type { Hmac } from '../../../kernel/hmac.js';
import type { InvalidationSource } from '../invalidation.metrics.js';

/** The sender and the subject of an event. Two events are the same only if all are equal. */
export interface EventIdentity {
  readonly caller: string;
  /** The route that received the event. */
  readonly source: InvalidationSource;
  /** The id that the sender gave the event. The id is unique for this sender alone. */
  readonly eventId: string;
  readonly customerId: string;
  readonly relatedCustomerIds: readonly string[];
  /** The entries of the identifiers that the event names. */
  readonly entryKeys: readonly string[];
}

/**
 * Names an event in the store, so that a repetition counts as a duplicate.
 *
 * Race it prevents:
 * 1. Caller X sends event 1000 about a customer, and Datadip processes the event.
 * 2. The customer changes. Caller Y sends its own event 1000 about the same customer.
 * 3. If the id alone named the event, Datadip would acknowledge Y's event and keep the old entry.
 * The old entry would also stay if one sender used an id twice, for different customers.
 */
export function eventMark(hmac: Hmac, event: EventIdentity): string {
  const { caller, source, eventId, customerId, relatedCustomerIds, entryKeys } = event;
  const related = relatedCustomerIds.map((id) => id.trim()).toSorted();
  const parts = JSON.stringify([caller, source, eventId, customerId.trim(), related, entryKeys.toSorted()]);
  return hmac.hex(`mark:${hash('sha256', parts, 'hex')}`);
}

/** Names a signed request without an event id. The signed content includes the whole body. */
export function signedMark(hmac: Hmac, caller: string, source: InvalidationSource, signedContent: string): string {
  return hmac.hex(`signed:${hash('sha256', JSON.stringify([caller, source, signedContent]), 'hex')}`);
}
