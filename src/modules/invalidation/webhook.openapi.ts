import type { RouteDescriptions } from '../../contracts/openapi/route-description.js';
import { BOOLEAN, closedObject, constant, INTEGER, openObject, STRING } from '../../contracts/openapi/schemas.js';

const INVALIDATED = closedObject({ invalidated: INTEGER, duplicate: BOOLEAN });
const IGNORED = closedObject({ ignored: constant(true) });
const PROBLEMS = { 400: ['invalid_event'], 503: ['store_unavailable', 'bus_unavailable', 'outbox_full'] } as const;
const shared = { tag: 'events', ofTenant: true, problems: PROBLEMS } as const;
/** An id without quotes is a number in JSON; it means the same text. */
const ID = { type: ['string', 'number'] };

/** Values per key input, as a list or alone. */
const IDENTIFIERS = { type: 'object', additionalProperties: { type: ['array', 'string', 'number'], items: ID } };

/** The routes of `WebhookController`. */
export const WEBHOOK_OPERATIONS: RouteDescriptions = {
  'POST /webhook/customer-updated': {
    ...shared,
    id: 'customer-updated',
    summary:
      'Invalidate every cached entry of a customer that has changed; a list and envelopes of AWS are accepted too',
    scopes: ['invalidate'],
    body: {
      schema: openObject({ customerId: ID, tenantId: ID, eventId: ID, critical: BOOLEAN, identifiers: IDENTIFIERS }, [
        'customerId',
      ]),
      example: { customerId: 'c-17', eventId: 'e-1', identifiers: { ani: ['+15551234567'] } },
    },
    responses: {
      200: { description: 'The entries are deleted; copies in other processes end within 2 s', schema: INVALIDATED },
      202: { description: 'Amazon SNS asks to confirm a subscription: ignored', schema: IGNORED },
    },
  },
  'POST /webhook/eventbridge': {
    ...shared,
    id: 'eventbridge',
    summary: 'Receive an event of Genesys Cloud in the envelope of Amazon EventBridge',
    scopes: ['invalidate', 'events'],
    body: {
      schema: openObject(
        {
          id: STRING,
          source: STRING,
          time: {},
          detail: openObject({ topicName: STRING, eventBody: { type: 'object' }, timestamp: {} }, [
            'topicName',
            'eventBody',
          ]),
        },
        ['id', 'source', 'detail'],
      ),
    },
    responses: {
      200: {
        description: 'A contact has changed: its entries are deleted; copies in other processes end within 2 s',
        schema: INVALIDATED,
      },
      202: {
        description: 'An event about an agent, accepted; or an event of a topic that Datadip ignores',
        schema: {
          oneOf: [closedObject({ accepted: constant(true), duplicate: BOOLEAN }), IGNORED],
        },
      },
    },
  },
  'POST /webhook/{name}': {
    ...shared,
    id: 'declared-webhook',
    summary: 'Receive the events of another sender, in the form that the file declares under `webhooks`',
    scopes: ['invalidate'],
    parameters: [
      { name: 'name', in: 'path', description: 'Name of a declared webhook', required: true, example: 'hubspot' },
    ],
    body: { schema: {}, example: [{ objectId: 123, eventId: 9 }] },
    responses: {
      200: { description: 'The entries are deleted; copies in other processes end within 2 s', schema: INVALIDATED },
      202: { description: 'The request holds no event that the declaration selects: ignored', schema: IGNORED },
    },
    problems: { ...PROBLEMS, 404: ['not_found'] },
  },
};
