import { z } from 'zod';
import type { GenesysEvent } from './genesys-event.js';
import { HttpProblem } from '../../kernel/errors.js';
import { parseMomentMs } from '../../kernel/parse-time.js';
import { isObject, type SentEvent } from '../aws/unwrap-events.js';

/**
 * The keys Datadip reads of the envelope that Amazon EventBridge puts around a Genesys Cloud event.
 */
const DETAIL = z.looseObject({
  timestamp: z.unknown().optional(),
  topicName: z.string().min(1).max(512),
  eventBody: z.record(z.string(), z.unknown()),
});
const ENVELOPE = z.looseObject({
  id: z.string().min(1).max(256),
  source: z.string().max(512),
  time: z.unknown().optional(),
  detail: DETAIL,
});

/**
 * Reads an event in its envelope, or without it: an API destination may send only the `detail`.
 *
 * @throws {HttpProblem} 400 if the body is neither
 */
export function openEnvelope({ body, messageId }: SentEvent): GenesysEvent {
  const isDetail = isObject(body) && body.detail === undefined && body.topicName !== undefined;
  const whole = isDetail ? { id: messageId, detail: checked(DETAIL, body) } : checked(ENVELOPE, body);
  const { id, detail } = whole;
  const time = 'time' in whole ? whole.time : undefined;
  return {
    id,
    topic: detail.topicName,
    body: detail.eventBody,
    atMs: parseMomentMs(detail.timestamp) ?? parseMomentMs(time),
  };
}

function checked<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const event = schema.safeParse(body);
  if (event.success) return event.data;
  const keys = event.error.issues.map((issue) => issue.path.join('.'));
  throw new HttpProblem('invalid_event', 400, `not an EventBridge envelope: ${keys.join(', ')}`);
}
