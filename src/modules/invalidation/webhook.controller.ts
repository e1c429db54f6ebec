import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { InvalidationResult } from '../../cache/invalidator.js';
import type { Scope } from '../../config/sections/callers.js';
import type { Caller } from '../../contracts/caller.js';
import { HttpProblem } from '../../kernel/errors.js';
import { EventTopics } from '../../vendors/genesys/event-topics.js';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { contactChange, type ContactChange } from '../../vendors/genesys/contact-topics.js';
import { CustomerUpdatedDto } from './internal/customer-updated.dto.js';
import { openEnvelope } from '../../vendors/genesys/eventbridge-envelope.js';
import { signedContent } from './internal/signed-content.js';
import { InvalidationService } from './invalidation.service.js';

/**
 * Receives the events of systems of record. 200 means that the entries of the customer are
 * deleted, and that every process deletes its near copies within 2 s. 503 means that the sender
 * must repeat the event.
 */
@Controller('webhook')
@RouteOptions({ body: 'event' })
export class WebhookController {
  constructor(
    private readonly invalidation: InvalidationService,
    private readonly topics: EventTopics,
  ) {}

  @Post('customer-updated')
  @RequiresScope('invalidate')
  @HttpCode(200)
  customerUpdated(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Body(validationPipe('invalid_event', 'not a customer-updated event')) event: CustomerUpdatedDto,
  ): Promise<InvalidationResult> {
    const caller = callerOf(request);
    return this.invalidation.invalidate({
      source: 'webhook',
      caller,
      tenant: tenantOf(event.tenantId),
      customerId: event.customerId,
      relatedCustomerIds: [],
      eventId: event.eventId,
      signedContent: signedContent(request),
      critical: event.critical ?? false,
    });
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
  ): Promise<
    InvalidationResult | { readonly ignored: true } | { readonly accepted: true; readonly duplicate: boolean }
  > {
    const caller = callerOf(request);
    const event = openEnvelope(body);
    const tenant = tenantOf();
    const change = contactChange(event);
    if (change !== undefined) return this.invalidateContact(caller, tenant, event.id, change);
    response.status(202);
    const handler = this.topics.handlerFor(event.topic);
    if (handler === undefined) {
      this.invalidation.countIgnored('eventbridge');
      return { ignored: true };
    }
    requireScope(caller, handler.scope);
    const { duplicate } = await handler.handle(event, tenant, caller.name);
    return { accepted: true, duplicate };
  }

  private invalidateContact(
    caller: Caller,
    tenant: string,
    eventId: string,
    change: ContactChange,
  ): Promise<InvalidationResult> {
    requireScope(caller, 'invalidate');
    const { contact: customerId, others: relatedCustomerIds } = change;
    return this.invalidation.invalidate({
      source: 'eventbridge',
      caller,
      tenant,
      customerId,
      relatedCustomerIds,
      eventId,
      signedContent: undefined,
      critical: false,
    });
  }
}

function requireScope({ scopes }: Caller, scope: Scope): void {
  if (!scopes.has(scope)) throw new HttpProblem('wrong_scope', 403, 'this caller may not send events of this topic');
}
