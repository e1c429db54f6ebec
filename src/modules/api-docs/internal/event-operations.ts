import type { DescribedRoutes } from './described.js';
import { accepting, always, exactly, FLAG, TEXT, WHOLE } from './schemas.js';

const FORGOTTEN = exactly({ invalidated: WHOLE, duplicate: FLAG });
const REFUSALS = { 400: ['invalid_event'], 503: ['store_unavailable'] } as const;
const shared = { tag: 'events', ofTenant: true, refusals: REFUSALS } as const;
/** An id without quotes is meant as the text it shows. */
const ID = { type: ['string', 'number'] };

/** What makes the cache forget. */
export const EVENT_OPERATIONS: DescribedRoutes = {
  'POST /webhook/customer-updated': {
    ...shared,
    id: 'customer-updated',
    summary: 'A customer has changed: forget what is known of them',
    scopes: ['invalidate'],
    body: {
      schema: accepting({ customerId: ID, tenantId: ID, eventId: ID, critical: FLAG }, ['customerId']),
      example: { customerId: 'c-17', eventId: 'e-1' },
    },
    answers: { 200: { description: 'Forgotten, in every process', schema: FORGOTTEN } },
  },
  'POST /webhook/eventbridge': {
    ...shared,
    id: 'eventbridge',
    summary: 'An event of Genesys Cloud, in the envelope of Amazon EventBridge',
    scopes: ['invalidate', 'events'],
    body: {
      schema: accepting(
        {
          id: TEXT,
          source: TEXT,
          time: {},
          detail: accepting({ topicName: TEXT, eventBody: { type: 'object' }, timestamp: {} }, [
            'topicName',
            'eventBody',
          ]),
        },
        ['id', 'source', 'detail'],
      ),
    },
    answers: {
      200: { description: 'A contact has changed: forgotten, in every process', schema: FORGOTTEN },
      202: {
        description: 'An agent’s topic, taken; or one that nobody wants',
        schema: {
          oneOf: [exactly({ accepted: always(true), duplicate: FLAG }), exactly({ ignored: always(true) })],
        },
      },
    },
  },
};
