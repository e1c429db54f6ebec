import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { HttpProblem } from '../../kernel/errors.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { isObject, unwrapEvents, type SentEvent } from './unwrap-events.js';

declareLogFields({ caller: 'text', confirmations: 'number' });

/** Reads the events of a request, out of the envelopes of AWS around them. */
@Injectable()
export class SentEvents {
  constructor(@Inject(LOGGER) private readonly log: Logger) {}

  /**
   * @returns an empty list if the request only asks to confirm a subscription of SNS. Datadip never
   *   calls the address in such a request.
   * @throws {HttpProblem} 400 if the request holds no event, or one that is not JSON
   */
  read(request: DatadipRequest, body: unknown): readonly SentEvent[] {
    const { events, confirmations } = unwrapEvents(body, rawDeliveryId(request));
    if (confirmations > 0) {
      const caller = callerOf(request).name;
      this.log.info({ caller, confirmations }, 'SNS asks to confirm a subscription: Datadip does not confirm it');
    } else if (events.length === 0) throw new HttpProblem('invalid_event', 400, 'the request holds no event');
    return events;
  }
}

/**
 * Takes an event out of an envelope of EventBridge, and returns any other event unchanged.
 *
 * @param key a key of every event, which no envelope has
 */
export function withoutEventBridge(sent: SentEvent, key: string): SentEvent {
  const { body, messageId } = sent;
  if (!isObject(body) || !isObject(body.detail) || body[key] !== undefined) return sent;
  const { detail, id } = body;
  return { body: detail, messageId: typeof id === 'string' && id !== '' ? `eventbridge:${id}` : messageId };
}

/** With raw delivery, SNS sends the event without an envelope, and its id in the head. */
function rawDeliveryId({ headers }: DatadipRequest): string | undefined {
  const id = headers['x-amz-sns-message-id'];
  return headers['x-amz-sns-rawdelivery'] === 'true' && typeof id === 'string' ? `sns:${id}` : undefined;
}
