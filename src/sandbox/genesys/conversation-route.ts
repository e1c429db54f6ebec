import type { CustomerRecord, CustomerRegistry } from '../customer-registry.js';
import { entityAnswer, type ApiRoute } from './api-routes.js';
import { idOf, numberIn } from './ids.js';

/** The flow of every tenth conversation stored no participant data. */
const WITHOUT_DATA_EVERY = 10;

/** Conversations above the number of customers have a caller that no system knows. */
const MAX_CONVERSATIONS = 999_999;

/** `GET /api/v2/conversations/{id}` returns a call that rings: conversation n is of customer n. */
export function conversationRoute(customers: CustomerRegistry): ApiRoute {
  return {
    path: '/api/v2/conversations/{id}',
    permission: undefined,
    answer: ({ id, user }) => {
      const n = numberIn('conversation', id) ?? 0;
      const customer = customers.byId(`c-${n}`);
      const isKnown = n >= 1 && n <= MAX_CONVERSATIONS;
      return entityAnswer(isKnown ? conversation(n, customer, user?.agent ?? 1) : undefined);
    },
  };
}

/**
 * `Conversation` of the platform's API (purecloud-platform-client-v2, index.d.ts). `attributes` is
 * the participant data that a flow has stored.
 */
function conversation(n: number, customer: CustomerRecord | undefined, agent: number): object {
  const address = `tel:${String(customer?.phone ?? `+1555${n}`)}`;
  const hasData = customer !== undefined && n % WITHOUT_DATA_EVERY !== 0;
  const attributes = hasData ? { customerId: customer.id } : {};
  return {
    id: idOf('conversation', n),
    participants: [
      { purpose: 'customer', address, ani: address, attributes, calls: [{ state: 'connected', direction: 'inbound' }] },
      {
        purpose: 'agent',
        userId: idOf('user', agent),
        attributes: {},
        calls: [{ state: 'alerting', direction: 'inbound' }],
      },
    ],
    selfUri: `/api/v2/conversations/${idOf('conversation', n)}`,
  };
}
