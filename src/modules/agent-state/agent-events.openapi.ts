import type { RouteDescriptions } from '../../contracts/openapi/route-description.js';
import { BOOLEAN, closedObject, constant, enumOf, openObject, STRING } from '../../contracts/openapi/schemas.js';

/** The route of `AgentEventsController`. */
export const AGENT_EVENT_OPERATIONS: RouteDescriptions = {
  'POST /events/agent-status': {
    tag: 'events',
    scopes: ['events'],
    ofTenant: true,
    id: 'agent-status',
    summary: 'Report the status of an agent, from another region or from middleware',
    body: {
      schema: openObject(
        {
          event_id: STRING,
          timestamp: {
            type: 'number',
            description: 'Time of the event by the clock of the platform, in Unix seconds or milliseconds',
          },
          agent_id: STRING,
          status: STRING,
          region_source: STRING,
          tenant_id: STRING,
          platform: enumOf('genesys', 'cxone', 'other'),
          is_acw: BOOLEAN,
        },
        ['event_id', 'timestamp', 'agent_id', 'status', 'region_source'],
      ),
      example: {
        event_id: 'e-1',
        timestamp: 1_750_000_000,
        agent_id: 'agent-1',
        status: 'AVAILABLE',
        region_source: 'eu',
      },
    },
    responses: {
      202: {
        description:
          'Stored; or ignored, because a newer event is stored, or because Amazon SNS asks to confirm a subscription',
        schema: {
          oneOf: [
            closedObject({ accepted: constant(true), outcome: enumOf('applied', 'older', 'duplicate') }),
            closedObject({ ignored: constant(true) }),
          ],
        },
      },
    },
    problems: { 400: ['invalid_event', 'too_many_agents'], 503: ['store_unavailable', 'store_full', 'outbox_full'] },
  },
};
