import { behaviourMethods, statsMethods, type Controls, type Methods } from '../control-routes.js';
import { readObject, segmentBelow } from '../exchange.js';
import type { LoginSwitches } from '../login/login-switches.js';
import type { TokenLedger } from '../login/token-ledger.js';
import type { CallStats } from '../stats.js';
import type { Switchboard } from '../switchboard.js';
import type { ApiSwitches } from './api-switches.js';
import type { CallBudget } from './call-budget.js';
import type { ClientBook } from './client-book.js';
import type { ClientTally } from './client-counts.js';

interface Controlled {
  readonly switchboards: { readonly api: Switchboard<ApiSwitches>; readonly login: Switchboard<LoginSwitches> };
  readonly stats: { readonly api: CallStats; readonly login: CallStats };
  readonly clients: ClientBook;
  readonly ledger: TokenLedger;
  readonly tally: ClientTally;
  readonly budget: CallBudget;
}

export function genesysControls(controlled: Controlled): Controls {
  const { switchboards, clients, ledger, budget } = controlled;
  const fixed: Readonly<Record<string, Methods>> = {
    '/sandbox/genesys/behaviour': behaviourMethods(switchboards.api),
    '/sandbox/genesys/login': behaviourMethods(switchboards.login),
    '/sandbox/genesys/stats': statsMethods(statsOf(controlled)),
    '/sandbox/genesys/tokens': { DELETE: () => ({ revoked: ledger.revokeAll() }) },
    '/sandbox/genesys/minutes': { DELETE: () => (budget.reset(), {}) },
  };
  return (path) => {
    if (Object.hasOwn(fixed, path)) return fixed[path];
    const id = segmentBelow('/sandbox/genesys/clients/', path);
    return id === undefined ? undefined : clientMethods(clients, id);
  };
}

function statsOf({ stats, tally }: Controlled): Parameters<typeof statsMethods>[0] {
  return {
    view: () => ({ ...stats.api.view(), login: stats.login.view(), clients: tally.view() }),
    reset: () => {
      stats.api.reset();
      stats.login.reset();
      tally.reset();
    },
  };
}

function clientMethods(clients: ClientBook, id: string): Methods {
  return {
    GET: () => clients.known(id),
    PUT: async ({ request }) => clients.change(id, await readObject(request)),
    DELETE: () => clients.remove(id),
  };
}
