import type { GenesysEvent } from '../../../vendors/genesys/genesys-event.js';

const CONTACT_TOPIC = /^v2\.externalcontacts\.contacts\.([^.]+)$/;
/** Longer is no id. */
const MAX_ID_LENGTH = 320;

/** Whom an event of external contacts invalidates. */
export interface ContactChange {
  readonly contact: string;
  /** The contacts it was merged with, into, or from. Without the contact itself, and each once. */
  readonly others: readonly string[];
}

/**
 * Reads a contact event. A merge changes what every contact of it answers: the canonical contact, the one merged to, and all that were
 * merged. Their members come as ids or as objects with an id.
 *
 * @returns absent for any other topic
 */
export function contactChange({ topic, body }: GenesysEvent): ContactChange | undefined {
  const named = CONTACT_TOPIC.exec(topic)?.[1];
  if (named === undefined) return undefined;
  const contact = idIn(named === '{id}' ? body.id : named);
  if (contact === undefined) return undefined;
  const { canonicalContactId, canonicalContact, mergedTo, mergeSet, mergedFrom, mergeOperation } = body;
  const related = [body.id, canonicalContactId, canonicalContact, mergedTo, mergeSet, mergedFrom].flat();
  const ids = [...related, ...valuesOf(mergeOperation)].flatMap((one) => idIn(one) ?? []);
  return { contact, others: [...new Set(ids.filter((id) => id !== contact))] };
}

function idIn(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && 'id' in value) return idIn(value.id);
  if (typeof value !== 'string') return undefined;
  const id = value.trim();
  return id === '' || id.length > MAX_ID_LENGTH ? undefined : id;
}

function valuesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
