import type { CustomerBook, CustomerRecord } from './customer-book.js';
import { segmentBelow, send, wrongMethod, type Answer, type Exchange, type Routes } from './exchange.js';
import type { FrontDesk } from './front-desk.js';

const CUSTOMERS = '/api/v2/customers';
const CUSTOMER = '/api/v2/customers/:id';
const STATUS = '/api/v2/customer-status';
const BALANCES = '/api/v2/balances';

/** As the counters name them. */
export const CRM_ROUTES: readonly string[] = [CUSTOMERS, CUSTOMER, STATUS, BALANCES];

const NOT_FOUND: Answer = { status: 404, body: { error: 'no such customer' } };

type Criterion = 'phone' | 'email' | 'customerId';

export function crmRoutes(book: CustomerBook, desk: FrontDesk): Routes {
  return (exchange) => {
    const route = routeOf(exchange.path);
    if (route === undefined) return false;
    if (exchange.method === 'GET') desk.take(exchange, route, () => answerTo(route, exchange, book));
    else send(exchange.response, wrongMethod(['GET']));
    return true;
  };
}

function routeOf(path: string): string | undefined {
  if (path !== CUSTOMER && CRM_ROUTES.includes(path)) return path;
  return segmentBelow(`${CUSTOMERS}/`, path) === undefined ? undefined : CUSTOMER;
}

function answerTo(route: string, { path, query }: Exchange, book: CustomerBook): Answer {
  switch (route) {
    case CUSTOMERS:
      return searchAnswer(found(book, query, ['phone', 'email']));
    case STATUS:
      return statusAnswer(found(book, query, ['phone', 'email']));
    case BALANCES:
      return balanceAnswer(found(book, query, ['phone', 'customerId']));
    default:
      return recordAnswer(book.byId(segmentBelow(`${CUSTOMERS}/`, path) ?? ''));
  }
}

/** The first criterion that is given decides. Values must be spelled as in the record: a caller that forgets to encode a `+` sees it here. */
function found(book: CustomerBook, query: URLSearchParams, criteria: readonly Criterion[]): CustomerRecord | undefined {
  const criterion = criteria.find((name) => (query.get(name) ?? '') !== '');
  if (criterion === undefined) return undefined;
  const value = query.get(criterion) ?? '';
  return criterion === 'customerId' ? book.byId(value) : book.byContact(criterion, value);
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
