import { hash } from 'node:crypto';
import type { Hmac } from '../../../kernel/hmac.js';
import type { AgentEventSource } from '../agent.metrics.js';

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

/** A claim belongs to its caller: the same call id from another caller is another call. */
export function callerHash(hmac: Hmac, caller: string): string {
  return hmac.hex(`agent-caller:${caller}`).slice(0, HASH_LENGTH);
}

/** An event of an agent or of a call. Two events are the same only if all parts are equal. */
export interface AgentEventIdentity {
  /** The name of the sender: ids of events are unique per sender. */
  readonly caller: string;
  /** The route that received the event. */
  readonly source: AgentEventSource;
  readonly eventId: string;
  /** The agent or the call that the event is about. */
  readonly subject: string;
}

export function eventHash(hmac: Hmac, { caller, source, eventId, subject }: AgentEventIdentity): string {
  const parts = hash('sha256', JSON.stringify([caller, source, eventId, subject]), 'hex');
  return hmac.hex(`agent-event:${parts}`).slice(0, HASH_LENGTH);
}
