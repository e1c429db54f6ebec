import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { InvalidationResult } from '../../cache/invalidator.js';
import { type WebhookConfig, WEBHOOKS } from '../../config/sections/webhooks.js';
import { webhookNameIn } from '../../contracts/webhook-request.js';
import { HttpProblem } from '../../kernel/errors.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { SentEvents, withoutEventBridge } from '../../vendors/aws/sent-events.js';
import { isObject, type SentEvent } from '../../vendors/aws/unwrap-events.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { EventBatch } from './event-batch.js';
import { declaredContent } from './internal/signed-content.js';
import { requireFewSubjects } from './internal/subjects.js';
import { WebhookReader, type DeclaredEvent } from './internal/webhook-reader.js';
import { InvalidationService, type Invalidation } from './invalidation.service.js';
import type { Ignored } from './webhook.controller.js';

/**
 * Receives the events of senders that have their own form of event. The section `webhooks` of the
 * file says where in an event the customer stands. Otherwise like `WebhookController`.
 */
@Controller('webhook')
@RouteOptions({ body: 'event' })
export class DeclaredWebhookController {
  private readonly readers: ReadonlyMap<string, WebhookReader>;

  constructor(
    @Inject(WEBHOOKS) webhooks: ReadonlyMap<string, WebhookConfig>,
    private readonly sentEvents: SentEvents,
    private readonly invalidation: InvalidationService,
    private readonly batch: EventBatch,
  ) {
    this.readers = new Map([...webhooks].map(([name, config]) => [name, new WebhookReader(config)]));
  }

  @Post(':name')
  @RequiresScope('invalidate')
  @HttpCode(200)
  async receive(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<InvalidationResult | Ignored> {
    const reader = this.readers.get(webhookNameIn(request.url));
    if (reader === undefined) throw new HttpProblem('not_found', 404, 'unknown address');
    const sent = this.sentEvents.read(request, body).map(withoutEnvelope);
    // Every event is checked before the first invalidation.
    const events = await reader.read(sent, request.headers);
    const source = `webhook/${reader.config.name}` as const;
    const shared = {
      source,
      caller: callerOf(request),
      signedContent: declaredContent(request, reader.config),
      critical: reader.config.critical,
      deadline: request.deadline,
    };
    const invalidations = events.flatMap((event) =>
      event === undefined ? [] : { ...shared, ...subjectsOf(event, tenantOf) },
    );
    requireFewSubjects(invalidations);
    for (const event of events) if (event === undefined) this.invalidation.countIgnored(source);
    if (invalidations.length > 0) return this.batch.invalidateAll(invalidations, [], response);
    response.status(202);
    return { ignored: true };
  }
}

type Subjects = Pick<Invalidation, 'tenant' | 'customerId' | 'relatedCustomerIds' | 'identifiers' | 'eventId'>;

function subjectsOf({ customerIds, tenant, eventId, identifiers }: DeclaredEvent, tenantOf: TenantResolver): Subjects {
  const [customerId = '', ...relatedCustomerIds] = customerIds;
  return { tenant: tenantOf(tenant), customerId, relatedCustomerIds, identifiers, eventId };
}

/** The envelope of EventBridge has a `detail-type`, also around an event of an API destination. */
function withoutEnvelope(sent: SentEvent): SentEvent {
  const { body } = sent;
  return isObject(body) && typeof body['detail-type'] === 'string' ? withoutEventBridge(sent, 'customerId') : sent;
}
