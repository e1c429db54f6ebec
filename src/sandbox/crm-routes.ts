import type { CustomerRegistry, CustomerRecord } from './customer-registry.js';
import { segmentAfter, send, methodNotAllowed, type Answer, type Exchange, type Routes } from './exchange.js';
import type { CallHandler } from './call-handler.js';

const CUSTOMERS = '/api/v2/customers';
const CUSTOMER = '/api/v2/customers/:id';
const STATUS = '/api/v2/customer-status';
const BALANCES = '/api/v2/balances';

/** The names of the routes in the counters. */
export const CRM_ROUTES: readonly string[] = [CUSTOMERS, CUSTOMER, STATUS, BALANCES];

const NOT_FOUND: Answer = { status: 404, body: { error: 'no such customer' } };

type Criterion = 'phone' | 'email' | 'customerId';

export function crmRoutes(customers: CustomerRegistry, calls: CallHandler): Routes {
  return (exchange) => {
    const route = routeOf(exchange.path);
    if (route === undefined) return false;
    if (exchange.method === 'GET') calls.handle(exchange, route, () => answerOf(route, exchange, customers));
    else send(exchange.response, methodNotAllowed(['GET']));
    return true;
  };
}

function routeOf(path: string): string | undefined {
  if (path !== CUSTOMER && CRM_ROUTES.includes(path)) return path;
  return segmentAfter(`${CUSTOMERS}/`, path) === undefined ? undefined : CUSTOMER;
}

function answerOf(route: string, { path, query }: Exchange, customers: CustomerRegistry): Answer {
  switch (route) {
    case CUSTOMERS:
      return searchAnswer(findCustomer(customers, query, ['phone', 'email']));
    case STATUS:
      return statusAnswer(findCustomer(customers, query, ['phone', 'email']));
    case BALANCES:
      return balanceAnswer(findCustomer(customers, query, ['phone', 'customerId']));
    default:
      return recordAnswer(customers.byId(segmentAfter(`${CUSTOMERS}/`, path) ?? ''));
  }
}

/**
 * The first criterion in the query decides. The value must be spelled as in the record, so a caller
 * that forgets to encode a `+` gets no customer.
 */
function findCustomer(
  customers: CustomerRegistry,
  query: URLSearchParams,
  criteria: readonly Criterion[],
): CustomerRecord | undefined {
  const criterion = criteria.find((name) => (query.get(name) ?? '') !== '');
  if (criterion === undefined) return undefined;
  const value = query.get(criterion) ?? '';
  return criterion === 'customerId' ? customers.byId(value) : customers.byContact(criterion, value);
}

function searchAnswer(record: CustomerRecord | undefined): Answer {
  return { status: 200, body: { results: record === undefined ? [] : [record] } };
}

function recordAnswer(record: CustomerRecord | undefined): Answer {
  return record === undefined ? NOT_FOUND : { status: 200, body: record };
}

function statusAnswer(record: CustomerRecord | undefined): Answer {
  if (record === undefined) return NOT_FOUND;
  const { id: customerId, vip, status, accountTier: tier } = record;
  return { status: 200, body: { customerId, vip, status, tier } };
}

function balanceAnswer(record: CustomerRecord | undefined): Answer {
  if (record === undefined) return NOT_FOUND;
  const { id: customerId, balance, currency, status } = record;
  return { status: 200, body: { customerId, balance, currency, pastDue: status === 'past_due' } };
}
