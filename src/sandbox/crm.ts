import type { OutgoingHttpHeaders } from 'node:http';
import { crmSwitchboard, type Behaviour } from './behaviour.js';
import { behaviourMethods, statsMethods, type Controls, type Methods } from './control-routes.js';
import { CRM_ROUTES, crmRoutes } from './crm-routes.js';
import type { CustomerBook } from './customer-book.js';
import { readObject, segmentBelow, type Answer, type Exchange } from './exchange.js';
import { FrontDesk } from './front-desk.js';
import { CallStats } from './stats.js';
import type { StandIn } from './stand-in.js';

const UNAUTHORIZED: Answer = {
  status: 401,
  body: { error: 'unauthorized' },
  headers: { 'www-authenticate': 'Bearer' },
};

/** The stand-in CRM. */
export function crm(book: CustomerBook, behaviour: Partial<Behaviour>): StandIn {
  const switchboard = crmSwitchboard(behaviour);
  const stats = new CallStats(CRM_ROUTES);
  const turnedAway = ({ request }: Exchange): Answer | undefined =>
    isLetIn(switchboard.behaviour, request.headers.authorization) ? undefined : UNAUTHORIZED;
  const desk = new FrontDesk({ switchboard, stats, failure, turnedAway });
  const controls: Controls = (path) => {
    if (path === '/sandbox/behaviour') return behaviourMethods(switchboard);
    if (path === '/sandbox/stats') return statsMethods(stats);
    const id = segmentBelow('/sandbox/customers/', path);
    return id === undefined ? undefined : customerMethods(book, id);
  };
  return { routes: crmRoutes(book, desk), controls, close: () => desk.close() };
}

function isLetIn({ requireToken }: Behaviour, authorization: string | undefined): boolean {
  return requireToken === null || authorization === `Bearer ${requireToken}`;
}

function failure(status: number, retryAfterS: number | null): Answer {
  const headers: OutgoingHttpHeaders = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return { status, body: { error: 'failed, as the sandbox was told to' }, headers };
}

function customerMethods(book: CustomerBook, id: string): Methods {
  return {
    PUT: async ({ request }) => book.change(id, await readObject(request)),
    DELETE: () => book.undo(id),
  };
}
