import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { HttpProblem } from '../../kernel/errors.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { AgentEvents } from './internal/agent-events.service.js';
import type { ReportResult } from './store/agent-store.js';
import { AgentStatusDto } from './internal/agent-dtos.js';
import { statusParts } from './internal/status-event.js';

/**
 * Accepts agent status events from other regions and from the customer's own middleware. 202 means
 * the event is stored, or is older than the stored state. 503 means the sender should send the
 * event again.
 */
@Controller('events')
@RouteOptions({ body: 'event' })
@RequiresScope('events')
export class AgentEventsController {
  constructor(private readonly events: AgentEvents) {}

  @Post('agent-status')
  @HttpCode(202)
  async agentStatus(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Body(validationPipe('invalid_event')) event: AgentStatusDto,
  ): Promise<{ readonly accepted: true; readonly outcome: ReportResult['outcome'] }> {
    const tenant = tenantOf(event.tenant_id);
    const { status, platform = 'other', is_acw: isAcw = false, timestamp } = event;
    const parts = statusParts({ status, platform, isAcw, timestamp });
    if (parts === undefined)
      throw new HttpProblem(
        'invalid_event',
        400,
        'unknown `status` for this platform; allowed: AVAILABLE, BUSY, OFFLINE or a status of the platform',
      );
    const report = { tenant, agentId: event.agent_id, platform, region: event.region_source, parts };
    const { outcome } = await this.events.applyReport(
      'agent-status',
      { id: event.event_id, caller: callerOf(request).name },
      report,
    );
    return { accepted: true, outcome };
  }
}
