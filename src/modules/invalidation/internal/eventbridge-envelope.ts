import { z } from 'zod';
import { Refusal } from '../../../kernel/errors.js';

/** What Amazon EventBridge wraps around an event of Genesys Cloud, as far as it matters here. */
const ENVELOPE = z.looseObject({
  id: z.string().min(1).max(256),
  source: z.string().max(512),
  detail: z.looseObject({
    topicName: z.string().min(1).max(512),
    eventBody: z.record(z.string(), z.unknown()),
  }),
});

export interface GenesysEvent {
  readonly id: string;
  /** With the real id in it; `detail-type` may have a literal `{id}` in its place. */
  readonly topic: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @throws {Refusal} 400 for anything that is not the envelope */
export function openEnvelope(body: unknown): GenesysEvent {
  const envelope = ENVELOPE.safeParse(body);
  if (!envelope.success) {
    const keys = envelope.error.issues.map((issue) => issue.path.join('.'));
    throw new Refusal('invalid_event', 400, `not an EventBridge envelope: ${keys.join(', ')}`);
  }
  const { id, detail } = envelope.data;
  return { id, topic: detail.topicName, body: detail.eventBody };
}
