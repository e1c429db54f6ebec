import { z } from 'zod';
import type { GenesysEvent } from './genesys-event.js';
import { HttpProblem } from '../../kernel/errors.js';

/**
 * The keys Datadip reads of the envelope that Amazon EventBridge puts around a Genesys Cloud event.
 */
const ENVELOPE = z.looseObject({
  id: z.string().min(1).max(256),
  source: z.string().max(512),
  time: z.unknown().optional(),
  detail: z.looseObject({
    timestamp: z.unknown().optional(),
    topicName: z.string().min(1).max(512),
    eventBody: z.record(z.string(), z.unknown()),
  }),
});

/** @throws {HttpProblem} 400 if the body is not an EventBridge envelope */
export function openEnvelope(body: unknown): GenesysEvent {
  const envelope = ENVELOPE.safeParse(body);
  if (!envelope.success) {
    const keys = envelope.error.issues.map((issue) => issue.path.join('.'));
    throw new HttpProblem('invalid_event', 400, `not an EventBridge envelope: ${keys.join(', ')}`);
  }
  const { id, time, detail } = envelope.data;
  return {
    id,
    topic: detail.topicName,
    body: detail.eventBody,
    atMs: parseTimeMs(detail.timestamp) ?? parseTimeMs(time),
  };
}

function parseTimeMs(text: unknown): number | undefined {
  const atMs = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return atMs > 0 ? atMs : undefined;
}
