import type { OutgoingHttpHeaders } from 'node:http';
import { crmSwitchboard, type Behaviour } from './behaviour.js';
import { behaviourMethods, statsMethods, type Controls, type Methods } from './control-routes.js';
import { CRM_ROUTES, crmRoutes } from './crm-routes.js';
import type { CustomerRegistry } from './customer-registry.js';
import { readObject, segmentAfter, type Answer, type Exchange } from './exchange.js';
import { CallHandler } from './call-handler.js';
import { CallStats } from './stats.js';
import type { SimulatedSystem } from './simulated-system.js';

const UNAUTHORIZED: Answer = {
  status: 401,
  body: { error: 'unauthorized' },
  headers: { 'www-authenticate': 'Bearer' },
};

/** The simulated CRM. */
export function simulateCrm(customers: CustomerRegistry, behaviour: Partial<Behaviour>): SimulatedSystem {
  const switchboard = crmSwitchboard(behaviour);
  const stats = new CallStats(CRM_ROUTES);
  const rejectionOf = ({ request }: Exchange): Answer | undefined =>
    isAuthorized(switchboard.behaviour, request.headers.authorization) ? undefined : UNAUTHORIZED;
  const calls = new CallHandler({ switchboard, stats, failureAnswer, rejectionOf });
  const controls: Controls = (path) => {
    if (path === '/sandbox/behaviour') return behaviourMethods(switchboard);
    if (path === '/sandbox/stats') return statsMethods(stats);
    const id = segmentAfter('/sandbox/customers/', path);
    return id === undefined ? undefined : customerMethods(customers, id);
  };
  return { routes: crmRoutes(customers, calls), controls, close: () => calls.close() };
}

function isAuthorized({ requireToken }: Behaviour, authorization: string | undefined): boolean {
  return requireToken === null || authorization === `Bearer ${requireToken}`;
}

function failureAnswer(status: number, retryAfterS: number | null): Answer {
  const headers: OutgoingHttpHeaders = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return { status, body: { error: 'failed, as the sandbox switches demand' }, headers };
}

function customerMethods(customers: CustomerRegistry, id: string): Methods {
  return {
    PUT: async ({ request }) => customers.change(id, await readObject(request)),
    DELETE: () => customers.undo(id),
  };
}
