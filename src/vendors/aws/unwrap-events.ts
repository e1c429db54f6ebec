import { HttpProblem } from '../../kernel/errors.js';
import { parseJson } from '../../kernel/json-text.js';

/** An event without the envelopes around it. */
export interface SentEvent {
  readonly body: unknown;
  /**
   * The id that the innermost envelope gives the event. A repeated delivery has the same id.
   * `undefined` means that no envelope has an id.
   */
  readonly messageId: string | undefined;
}

export interface Unwrapped {
  readonly events: readonly SentEvent[];
  /** Messages with which SNS asks to confirm the start or the end of a subscription. */
  readonly confirmations: number;
}

/** An event in SNS in a batch of SQS has six: lists and texts count. */
const MAX_LEVELS = 12;
/** Ten times the batch that SQS delivers by default. */
const MAX_EVENTS = 100;
/** The limit of a body also holds for JSON inside a text. */
const MAX_DEPTH = 32;

/**
 * Takes events out of the envelopes of AWS, in any combination:
 *
 * - a list, as EventBridge Pipes and API destinations send a batch;
 * - `{ Records: [ … ] }`, as Lambda passes on records of SQS or SNS;
 * - a record of SQS, with the event in `body`, as text or as JSON;
 * - a notification of SNS, with the event as text in `Message`;
 * - JSON inside a text.
 *
 * Every other value is an event. Numbers keep all their digits.
 *
 * @param messageId the id that the head of the request gives, as SNS does with raw delivery
 * @throws {HttpProblem} 400 if an envelope holds no JSON, or if the limits are exceeded
 */
export function unwrapEvents(body: unknown, messageId?: string): Unwrapped {
  const events: SentEvent[] = [];
  let confirmations = 0;
  const open = (value: unknown, id: string | undefined, levels: number): void => {
    if (levels > MAX_LEVELS) throw refusal(`envelopes nested too deeply; allowed: ${MAX_LEVELS} levels`);
    const wrapped = wrappedIn(value, id);
    if (wrapped === 'confirmation') confirmations += 1;
    else if (wrapped === undefined) events.push({ body: value, messageId: id });
    else for (const { body: inner, messageId: innerId } of wrapped) open(inner, innerId, levels + 1);
    if (events.length > MAX_EVENTS) throw refusal(`too many events in one request; allowed: ${MAX_EVENTS}`);
  };
  open(body, messageId, 0);
  return { events, confirmations };
}

/** `undefined` means that the value is no envelope. */
function wrappedIn(value: unknown, id: string | undefined): readonly SentEvent[] | 'confirmation' | undefined {
  if (typeof value === 'string') return [{ body: jsonIn(value), messageId: id }];
  if (Array.isArray(value)) return value.map((body: unknown) => ({ body, messageId: id }));
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.Records)) return [{ body: value.Records, messageId: id }];
  return snsMessage(value) ?? (isSqsRecord(value) ? sqsRecord(value) : undefined);
}

function snsMessage(value: Fields): readonly SentEvent[] | 'confirmation' | undefined {
  if (isObject(value.Sns)) return snsMessage(value.Sns);
  const { Type: type, MessageId: id, Message: message } = value;
  if (type === 'SubscriptionConfirmation' || type === 'UnsubscribeConfirmation') return 'confirmation';
  if (type !== 'Notification' || typeof message !== 'string') return undefined;
  return [{ body: message, messageId: idOf('sns', id) }];
}

/** A transformer of Pipes may leave only these two keys. */
const FEWEST_SQS_KEYS: readonly string[] = ['messageId', 'body'];

/** An event of another sender may also have the keys `messageId` and `body`. */
function isSqsRecord(value: Fields): boolean {
  const { messageId, body, eventSource, receiptHandle } = value;
  if (typeof messageId !== 'string' || (typeof body !== 'string' && typeof body !== 'object')) return false;
  return (
    eventSource === 'aws:sqs' ||
    typeof receiptHandle === 'string' ||
    Object.keys(value).every((key) => FEWEST_SQS_KEYS.includes(key))
  );
}

function sqsRecord({ messageId, body }: Fields): readonly SentEvent[] {
  return [{ body, messageId: idOf('sqs', messageId) }];
}

function idOf(service: 'sns' | 'sqs', id: unknown): string | undefined {
  return typeof id === 'string' && id !== '' ? `${service}:${id}` : undefined;
}

function jsonIn(text: string): unknown {
  const value = parsed(text);
  if (isDeeper(value, MAX_DEPTH)) throw new HttpProblem('nested_value', 400, 'request body nested too deeply');
  return value;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The parser's message quotes the text.
    throw refusal('an envelope holds a text that is not JSON');
  }
}

function refusal(message: string): HttpProblem {
  return new HttpProblem('invalid_event', 400, message);
}

type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
