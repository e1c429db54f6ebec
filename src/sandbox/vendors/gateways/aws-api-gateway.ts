import type { Vendor, VendorContext } from '../vendor.js';
import { customersAnswer } from './customers-api.js';

const QUERY_KEY = 'sandbox-query-key';
const PLAN_KEY = 'sandbox-usage-plan-key';

/**
 * AWS API Gateway: an authorizer reads a key in the query, and a usage plan reads the header
 * `x-api-key`. A path without a route is 403, as an unknown path of the gateway is.
 */
export function createAwsApiGateway({ people }: VendorContext): Vendor {
  return {
    name: 'aws-api-gateway',
    routes: [
      {
        method: 'GET',
        path: '/prod/customers',
        answer: ({ query }) => customersAnswer(withoutKey(query), people),
      },
    ],
    rejectionOf: ({ headers, query }) => {
      const key = query.get('key');
      if (key === null) return { status: 401, body: { message: 'Unauthorized' } };
      if (key !== QUERY_KEY)
        return {
          status: 403,
          body: { Message: 'User is not authorized to access this resource with an explicit deny' },
        };
      return headers['x-api-key'] === PLAN_KEY ? undefined : { status: 403, body: { message: 'Forbidden' } };
    },
    failureBody: (status) => ({ message: status === 429 ? 'Too Many Requests' : 'Internal server error' }),
    noRoute: { status: 403, body: { message: 'Missing Authentication Token' } },
  };
}

function withoutKey(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => name !== 'key'));
}
