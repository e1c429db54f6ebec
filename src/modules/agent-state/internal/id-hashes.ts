import type { Hmac } from '../../../kernel/hmac.js';

/** 96 bits are enough to tell the events of a day apart, and half as dear to keep as all of them. */
const HASH_LENGTH = 24;

/** Calls and events are named in keys by their hashes: a caller's id for a call may hold a phone number. */
export function callHash(hmac: Hmac, callId: string): string {
  return hmac.hex(`agent-call:${callId}`).slice(0, HASH_LENGTH);
}

export function eventHash(hmac: Hmac, eventId: string): string {
  return hmac.hex(`agent-event:${eventId}`).slice(0, HASH_LENGTH);
}
