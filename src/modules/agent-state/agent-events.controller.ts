import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { POSITION } from '../../contracts/headers.js';
import type { Position } from '../../contracts/position.js';
import { Positions } from '../../regions/positions.js';
import { HttpProblem } from '../../kernel/errors.js';
import { callerOf, type DatadipRequest } from '../../platform/http/request-context.js';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { SentEvents, withoutEventBridge } from '../../vendors/aws/sent-events.js';
import { isObject, type SentEvent } from '../../vendors/aws/unwrap-events.js';
import type { AgentReport } from '../../contracts/agent-report.js';
import { AgentEvents } from './internal/agent-events.service.js';
import type { ReportResult } from './store/agent-store.js';
import { AgentStatusDto } from './internal/agent-dtos.js';
import { statusParts } from './internal/status-event.js';

/**
 * Accepts agent status events from other regions and from the customer's own middleware. A request
 * may hold several events, in envelopes of AWS. 202 means that each event is stored, or is older
 * than the stored state. 503 means that the sender should repeat the request.
 */
@Controller('events')
@RouteOptions({ body: 'event' })
@RequiresScope('events')
export class AgentEventsController {
  constructor(
    private readonly events: AgentEvents,
    private readonly sentEvents: SentEvents,
    private readonly positions: Positions,
  ) {}

  @Post('agent-status')
  @HttpCode(202)
  async agentStatus(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AgentStatusAnswer> {
    const sent = this.sentEvents.read(request, body).map((each) => withoutEventBridge(each, 'agent_id'));
    // Every event is checked before the first is stored.
    const events = await Promise.all(sent.map((each) => eventIn(each)));
    const reports = events.map((event) => ({ id: event.event_id, report: reportOf(event, tenantOf(event.tenant_id)) }));
    const outcomes = new Set<Outcome>();
    const positions: Position[] = [];
    for (const { id, report } of reports) {
      const { outcome, mark } = await this.events.applyReport(
        'agent-status',
        { id, caller: callerOf(request).name },
        report,
      );
      outcomes.add(outcome);
      if (mark !== undefined) positions.push({ kind: 'agent', tenant: report.tenant, mark });
    }
    const position = this.positions.headerOf(positions);
    if (position !== undefined) response.setHeader(POSITION, position);
    const outcome = OUTCOMES.find((word) => outcomes.has(word));
    return outcome === undefined ? { ignored: true } : { accepted: true, outcome };
  }
}

type Outcome = ReportResult['outcome'];

/** `ignored` means that the request holds no event: SNS asks to confirm a subscription. */
type AgentStatusAnswer = { readonly accepted: true; readonly outcome: Outcome } | { readonly ignored: true };

/** The answer to several events is the first of these that occurred. */
const OUTCOMES: readonly Outcome[] = ['applied', 'older', 'duplicate'];

const PIPE = validationPipe('invalid_event');

/** An event that has no id gets the id of its envelope. */
async function eventIn({ body, messageId }: SentEvent): Promise<AgentStatusDto> {
  if (!isObject(body)) throw new HttpProblem('invalid_event', 400, 'not an agent status event: not a JSON object');
  const event = { ...body, event_id: body.event_id ?? messageId };
  return (await PIPE.transform(event, { type: 'body', metatype: AgentStatusDto })) as AgentStatusDto;
}

/** @throws {HttpProblem} 400 for a status that the platform does not have */
function reportOf(event: AgentStatusDto, tenant: string): Omit<AgentReport, 'eventHash'> {
  const { status, platform = 'other', is_acw: isAcw = false, timestamp } = event;
  const parts = statusParts({ status, platform, isAcw, timestamp });
  if (parts === undefined)
    throw new HttpProblem(
      'invalid_event',
      400,
      'unknown `status` for this platform; allowed: AVAILABLE, BUSY, OFFLINE or a status of the platform',
    );
  return { tenant, agentId: event.agent_id, platform, region: event.region_source, parts };
}
