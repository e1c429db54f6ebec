import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { InvalidationResult } from '../../cache/invalidator.js';
import type { Scope } from '../../config/config.js';
import type { Caller } from '../../contracts/caller.js';
import { TENANT_HEADER } from '../../contracts/headers.js';
import { resolveTenant } from '../../contracts/tenant.js';
import { HttpProblem } from '../../kernel/errors.js';
import { EventTopics } from '../../vendors/genesys/event-topics.js';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { contactChange, type ContactChange } from '../../vendors/genesys/contact-topics.js';
import { CustomerUpdatedDto } from './internal/customer-updated.dto.js';
import { openEnvelope } from '../../vendors/genesys/eventbridge-envelope.js';
import { signedAs } from './internal/signed-as.js';
import { InvalidationService } from './invalidation.service.js';

/** Where systems of record say that a customer has changed. 200 means forgotten, everywhere; 503 means send it again. */
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
    @Body(validationPipe('invalid_event', 'not an event of this kind')) event: CustomerUpdatedDto,
  ): Promise<InvalidationResult> {
    const caller = callerOf(request);
    return this.invalidation.carryOut({
      source: 'webhook',
      caller,
      tenant: resolveTenant(caller, event.tenantId, request.get(TENANT_HEADER)),
      customerId: event.customerId,
      others: [],
      eventId: event.eventId,
      signedAs: signedAs(request),
      critical: event.critical ?? false,
    });
  }

  /** Any topic may be sent here; what nobody wants is taken and ignored, so that one rule can send everything. */
  @Post('eventbridge')
  @RequiresScope('invalidate', 'events')
  @HttpCode(200)
  async eventBridge(
    @Req() request: DatadipRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<
    InvalidationResult | { readonly ignored: true } | { readonly accepted: true; readonly duplicate: boolean }
  > {
    const caller = callerOf(request);
    const event = openEnvelope(body);
    const tenant = resolveTenant(caller, undefined, request.get(TENANT_HEADER));
    const change = contactChange(event);
    if (change !== undefined) return this.contactChanged(caller, tenant, event.id, change);
    response.status(202);
    const handler = this.topics.handlerFor(event.topic);
    if (handler === undefined) {
      this.invalidation.ignored('eventbridge');
      return { ignored: true };
    }
    mustHold(caller, handler.scope);
    const { duplicate } = await handler.handle(event, tenant);
    return { accepted: true, duplicate };
  }

  private contactChanged(
    caller: Caller,
    tenant: string,
    eventId: string,
    change: ContactChange,
  ): Promise<InvalidationResult> {
    mustHold(caller, 'invalidate');
    const { contact: customerId, others } = change;
    return this.invalidation.carryOut({
      source: 'eventbridge',
      caller,
      tenant,
      customerId,
      others,
      eventId,
      signedAs: undefined,
      critical: false,
    });
  }
}

function mustHold({ scopes }: Caller, scope: Scope): void {
  if (!scopes.has(scope)) throw new HttpProblem('wrong_scope', 403, 'this caller may not send events of this topic');
}
