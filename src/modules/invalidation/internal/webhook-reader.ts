import { setImmediate } from 'node:timers/promises';
import type { EntryIdentifier } from '../../../cache/identified-entries.js';
import type { WebhookConfig } from '../../../config/sections/webhooks.js';
import { HttpProblem } from '../../../kernel/errors.js';
import type { SentEvent } from '../../../vendors/aws/unwrap-events.js';
import { eventIdentifiers } from './event-identifiers.js';
import { EvaluationScope, WebhookExpression } from './webhook-expressions.js';

const MAX_ID_LENGTH = 320;
const MAX_EVENT_ID_LENGTH = 256;
const MAX_TENANT_LENGTH = 64;
/** The most events of one request, the ignored ones included. */
const MAX_EVENTS = 1000;

/** The values that a declared webhook reads from an event. */
export interface DeclaredEvent {
  /** At least one. */
  readonly customerIds: readonly string[];
  readonly tenant: string | undefined;
  readonly eventId: string | undefined;
  readonly identifiers: readonly EntryIdentifier[];
}

/**
 * Reads the events of one declared webhook.
 *
 * Guarantees: each event ends in a later event-loop tick than the event before, so that the answers
 * of other callers wait for one event at most.
 */
export class WebhookReader {
  private readonly list: WebhookExpression | undefined;
  private readonly when: WebhookExpression | undefined;
  private readonly customerId: WebhookExpression;
  private readonly tenant: WebhookExpression | undefined;
  private readonly eventId: WebhookExpression | undefined;
  private readonly identifiers: readonly (readonly [input: string, values: WebhookExpression])[];

  constructor(readonly config: WebhookConfig) {
    this.list = WebhookExpression.of('list', config);
    this.when = WebhookExpression.of('when', config);
    this.customerId = new WebhookExpression('customerId', config.customerId);
    this.tenant = WebhookExpression.of('tenant', config);
    this.eventId = WebhookExpression.of('eventId', config);
    this.identifiers = Object.entries(config.identifiers).map(
      ([input, source]) => [input, new WebhookExpression(`identifiers.${input}`, source)] as const,
    );
  }

  /**
   * @returns one item per event; `undefined` stands for an event that `when` excludes
   * @throws {HttpProblem} 400 if an event has no customer, or an expression cannot read it
   */
  async read(
    sent: readonly SentEvent[],
    headers: Readonly<Record<string, unknown>>,
  ): Promise<readonly (DeclaredEvent | undefined)[]> {
    const scope = new EvaluationScope(headers);
    const read: (DeclaredEvent | undefined)[] = [];
    for (const { body, messageId } of sent) {
      const events = await this.eventsIn(body, scope);
      if (read.length + events.length > MAX_EVENTS) throw tooMany();
      for (const event of events) {
        if (read.length > 0) await setImmediate();
        read.push(await this.readEvent(event, messageId, scope));
      }
    }
    return read;
  }

  private async eventsIn(body: unknown, scope: EvaluationScope): Promise<readonly unknown[]> {
    if (this.list === undefined) return [body];
    const found = await this.list.evaluate(body, scope);
    return found === undefined || found === null ? [] : ([found] as unknown[]).flat();
  }

  private async readEvent(
    event: unknown,
    messageId: string | undefined,
    scope: EvaluationScope,
  ): Promise<DeclaredEvent | undefined> {
    if (this.when !== undefined && (await this.when.evaluate(event, scope)) !== true) return undefined;
    const customerIds = await this.customerId.evaluateTexts(event, scope, MAX_ID_LENGTH);
    if (customerIds.length === 0) throw this.customerId.refusal('yields no customer');
    const eventId = await this.eventId?.evaluateText(event, scope, MAX_EVENT_ID_LENGTH);
    return {
      customerIds: [...new Set(customerIds)],
      tenant: await this.tenant?.evaluateText(event, scope, MAX_TENANT_LENGTH),
      eventId: eventId ?? messageId,
      identifiers: await this.identifiersOf(event, scope),
    };
  }

  private async identifiersOf(event: unknown, scope: EvaluationScope): Promise<readonly EntryIdentifier[]> {
    const values: Record<string, unknown> = {};
    for (const [input, expression] of this.identifiers) values[input] = await expression.evaluate(event, scope);
    return eventIdentifiers(values);
  }
}

function tooMany(): HttpProblem {
  return new HttpProblem('invalid_event', 400, `too many events in one request; allowed: ${MAX_EVENTS}`);
}
