import type { EventEnvelope, EventMap, EventType } from '../events.js';

/** A process sends heartbeats to itself, to learn whether messages still arrive. */
export interface Heartbeat {
  readonly type: 'heartbeat';
  /** The id of the process that sent it. */
  readonly process: string;
  /** On the monotonic clock of that process. */
  readonly sentAtMs: number;
  /** The version of the stored keys that the process uses. Missing in earlier versions. */
  readonly layout?: number;
}

/**
 * Version 2: the indexes of customers are spread over hash tags. A process of an earlier version
 * sends no number.
 */
export const KEY_LAYOUT = 2;

export type BusMessage = Heartbeat | EventEnvelope;

export function encodeMessage(message: BusMessage): string {
  return JSON.stringify(message);
}

/**
 * Returns `undefined` for text that is no message of this version: another version or another
 * program may write to the channel.
 */
export function decodeMessage(text: string): BusMessage | undefined {
  const message = parsed(text);
  if (message === undefined) return undefined;
  return isHeartbeat(message) || isEvent(message) ? message : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isHeartbeat(message: Fields): message is Fields & Heartbeat {
  return message.type === 'heartbeat' && typeof message.process === 'string' && typeof message.sentAtMs === 'number';
}

/** `<ms>-<number>`. */
const STREAM_ID = /^\d{1,16}-\d{1,16}$/;
const hasKey = (data: Fields): boolean => typeof data.key === 'string';
const IS_DATA_OF: { readonly [T in keyof EventMap]: (data: Fields) => boolean } = {
  'entry.load-finished': hasKey,
  'entry.deleted': hasKey,
  'outbox.stored': () => true,
  'outbox.sent': ({ id }) => typeof id === 'string' && STREAM_ID.test(id),
  // A sample of another version must not look like a message of an earlier Datadip.
  'process.sampled': () => true,
};

function isEvent(message: Fields): message is Fields & EventEnvelope {
  const { id, type, tenant, region, time, data } = message;
  return [id, tenant, region, time].every(isText) && isEventType(type) && isObject(data) && IS_DATA_OF[type](data);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && Object.hasOwn(IS_DATA_OF, type);
}
