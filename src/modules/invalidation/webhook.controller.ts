import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { InvalidationResult } from '../../cache/invalidator.js';
import type { Scope } from '../../config/sections/callers.js';
import type { Caller } from '../../contracts/caller.js';
import { HttpProblem } from '../../kernel/errors.js';
import { SentEvents, withoutEventBridge } from '../../vendors/aws/sent-events.js';
import { isObject, type SentEvent } from '../../vendors/aws/unwrap-events.js';
import { EventTopics } from '../../vendors/genesys/event-topics.js';
import type { GenesysEvent } from '../../vendors/genesys/genesys-event.js';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { contactChange } from '../../vendors/genesys/contact-topics.js';
import { CustomerUpdatedDto } from './internal/customer-updated.dto.js';
import { openEnvelope } from '../../vendors/genesys/eventbridge-envelope.js';
import { EventBatch } from './event-batch.js';
import { eventIdentifiers } from './internal/event-identifiers.js';
import { inOrder } from './internal/in-order.js';
import { signedContent } from './internal/signed-content.js';
import { requireFewSubjects } from './internal/subjects.js';
import { InvalidationService, type Invalidation } from './invalidation.service.js';

/**
 * Receives the events of systems of record. 200 means that the entries of the customer are
 * deleted, and that every process deletes its near copies within 2 s. 503 means that the sender
 * must repeat the request. A request may hold several events, in envelopes of AWS.
 */
@Controller('webhook')
@RouteOptions({ body: 'event' })
export class WebhookController {
  constructor(
    private readonly sentEvents: SentEvents,
    private readonly invalidation: InvalidationService,
    private readonly topics: EventTopics,
    private readonly batch: EventBatch,
  ) {}

  @Post('customer-updated')
  @RequiresScope('invalidate')
  @HttpCode(200)
  async customerUpdated(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<InvalidationResult | Ignored> {
    const caller = callerOf(request);
    const sent = this.sentEvents.read(request, body).map((each) => withoutEventBridge(each, 'customerId'));
    // Every event is checked before the first invalidation.
    const events = await Promise.all(sent.map((each) => eventIn(each)));
    const invalidations = events.map((event): Invalidation => ({
      source: 'webhook',
      caller,
      tenant: tenantOf(event.tenantId),
      customerId: event.customerId,
      relatedCustomerIds: [],
      identifiers: eventIdentifiers(event.identifiers),
      // A null is no id: two events with null are two events.
      eventId: event.eventId ?? undefined,
      signedContent: signedContent(request),
      critical: event.critical ?? false,
      deadline: request.deadline,
    }));
    requireFewSubjects(invalidations);
    if (invalidations.length > 0) return this.batch.invalidateAll(invalidations, [], response);
    response.status(202);
    return { ignored: true };
  }

  /**
   * Accepts every topic, so that one EventBridge rule can send all. A topic without a handler is
   * ignored.
   */
  @Post('eventbridge')
  @RequiresScope('invalidate', 'events')
  @HttpCode(200)
  async eventBridge(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<InvalidationResult | Ignored | { readonly accepted: true; readonly duplicate: boolean }> {
    const caller = callerOf(request);
    const events = this.sentEvents.read(request, body).map(openEnvelope);
    const tenant = tenantOf();
    // Every event is checked before the first is processed.
    const changes = events.flatMap((event) => this.contactInvalidation(request, tenant, event) ?? []);
    const handled = events.flatMap((event) => this.handling(caller, tenant, event) ?? []);
    requireFewSubjects(changes);
    const reports = await inOrder(handled, (handle) => handle());
    const reported = reports.flatMap(({ mark }) =>
      mark === undefined ? [] : [{ kind: 'agent', tenant, mark } as const],
    );
    if (changes.length > 0) return this.batch.invalidateAll(changes, reported, response);
    this.batch.setPosition(reported, response);
    response.status(202);
    if (reports.length === 0) return { ignored: true };
    return { accepted: true, duplicate: reports.every(({ duplicate }) => duplicate) };
  }

  /** `undefined` if the event is about a contact, or of a topic that no feature handles. */
  private handling(caller: Caller, tenant: string, event: GenesysEvent) {
    if (contactChange(event) !== undefined) return undefined;
    const handler = this.topics.handlerFor(event.topic);
    if (handler === undefined) {
      this.invalidation.countIgnored('eventbridge');
      return undefined;
    }
    requireScope(caller, handler.scope);
    handler.check(event);
    return () => handler.handle(event, tenant, caller.name);
  }

  /** `undefined` if the event is about no contact. */
  private contactInvalidation(request: DatadipRequest, tenant: string, event: GenesysEvent): Invalidation | undefined {
    const caller = callerOf(request);
    const change = contactChange(event);
    if (change === undefined) return undefined;
    requireScope(caller, 'invalidate');
    const { contact: customerId, others: relatedCustomerIds, phones, emails } = change;
    return {
      source: 'eventbridge',
      caller,
      tenant,
      customerId,
      relatedCustomerIds,
      identifiers: [
        ...phones.map((value) => ({ kind: 'phone', value }) as const),
        ...emails.map((value) => ({ kind: 'email', value }) as const),
      ],
      eventId: event.id,
      signedContent: event.id === undefined ? signedContent(request) : undefined,
      critical: false,
      deadline: request.deadline,
    };
  }
}

/** The request holds no event that Datadip handles. */
export interface Ignored {
  readonly ignored: true;
}

const PIPE = validationPipe('invalid_event', 'not a customer-updated event');

/** An event that has no id gets the id of its envelope. */
async function eventIn({ body, messageId }: SentEvent): Promise<CustomerUpdatedDto> {
  if (!isObject(body)) throw new HttpProblem('invalid_event', 400, 'not a customer-updated event: not a JSON object');
  const event = (await PIPE.transform(body, { type: 'body', metatype: CustomerUpdatedDto })) as CustomerUpdatedDto;
  if (messageId !== undefined) event.eventId ??= messageId;
  return event;
}

function requireScope({ scopes }: Caller, scope: Scope): void {
  if (!scopes.has(scope)) throw new HttpProblem('wrong_scope', 403, 'this caller may not send events of this topic');
}
