import type { Hmac } from '../../../kernel/hmac.js';

/**
 * In hex digits: 96 bits distinguish the events of a day, and need less memory than the full hash
 * of 256 bits.
 */
const HASH_LENGTH = 24;

/**
 * Redis keys contain hashes of call and event ids, because a caller's call id may contain a phone
 * number.
 */
export function callHash(hmac: Hmac, callId: string): string {
  return hmac.hex(`agent-call:${callId}`).slice(0, HASH_LENGTH);
}

export function eventHash(hmac: Hmac, eventId: string): string {
  return hmac.hex(`agent-event:${eventId}`).slice(0, HASH_LENGTH);
}
