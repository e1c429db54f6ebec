import type { GenesysEvent } from './genesys-event.js';

const CONTACT_TOPIC = /^v2\.externalcontacts\.contacts\.([^.]+)$/;
/** In characters. A longer text is not an id. */
const MAX_ID_LENGTH = 320;

/** The contacts whose data an external contacts event changes. */
export interface ContactChange {
  /** Id of the contact the event is about. */
  readonly contact: string;
  /**
   * Ids of the contacts merged with it, into it or from it. Does not contain `contact`; each id
   * occurs once.
   */
  readonly others: readonly string[];
  /** The phone numbers of the contact, as the platform and its users write them. */
  readonly phones: readonly string[];
  readonly emails: readonly string[];
}

const PHONES = ['workPhone', 'cellPhone', 'homePhone', 'otherPhone'] as const;
/** The fields of a phone number that hold the whole number. */
const PHONE_TEXTS = ['e164', 'userInput', 'display'] as const;
const EMAILS = ['workEmail', 'personalEmail', 'otherEmail'] as const;

/**
 * Reads a contact event. A merge changes the data of every contact that takes part: the canonical
 * contact, the contact merged to, and all merged contacts. The event names each of them by an id or
 * by an object with an id.
 *
 * @returns `undefined` for an event of another topic, and for a contact without a usable id
 */
export function contactChange({ topic, body }: GenesysEvent): ContactChange | undefined {
  const topicId = CONTACT_TOPIC.exec(topic)?.[1];
  if (topicId === undefined) return undefined;
  const contact = idIn(topicId === '{id}' ? body.id : topicId);
  if (contact === undefined) return undefined;
  const { canonicalContactId, canonicalContact, mergedTo, mergeSet, mergedFrom, mergeOperation } = body;
  const related = [body.id, canonicalContactId, canonicalContact, mergedTo, mergeSet, mergedFrom].flat();
  // Numbers of a merge operation are counts and times.
  const merged = valuesOf(mergeOperation).filter((value) => typeof value !== 'number');
  const ids = [...related, ...merged].flatMap((value) => idIn(value) ?? []);
  return {
    contact,
    others: [...new Set(ids.filter((id) => id !== contact))],
    phones: [...new Set(PHONES.flatMap((name) => phoneTexts(body[name])))],
    emails: EMAILS.flatMap((name) => textIn(body[name]) ?? []),
  };
}

/** A number is an id without quotes. The body reader has made text of a number beyond 2^53. */
function idIn(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && 'id' in value) return idIn(value.id);
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) return undefined;
  const id = String(value).trim();
  return id === '' || id.length > MAX_ID_LENGTH ? undefined : id;
}

function phoneTexts(phone: unknown): string[] {
  if (typeof phone !== 'object' || phone === null) return [textIn(phone) ?? []].flat();
  const fields = phone as Readonly<Record<string, unknown>>;
  return PHONE_TEXTS.flatMap((name) => textIn(fields[name]) ?? []);
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function valuesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
