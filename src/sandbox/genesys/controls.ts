import { behaviourMethods, statsMethods, type Controls, type Methods } from '../control-routes.js';
import { readObject, segmentAfter } from '../exchange.js';
import type { LoginSwitches } from '../login/login-switches.js';
import type { TokenRegistry } from '../login/token-registry.js';
import type { CallStats } from '../stats.js';
import type { Switchboard } from '../switchboard.js';
import type { ApiSwitches } from './api-switches.js';
import type { BrowserSession } from './browser-session.js';
import type { RateLimiter } from './rate-limiter.js';
import type { ClientRegistry } from './client-registry.js';
import type { ClientStats } from './client-stats.js';

interface Controlled {
  readonly switchboards: { readonly api: Switchboard<ApiSwitches>; readonly login: Switchboard<LoginSwitches> };
  readonly stats: { readonly api: CallStats; readonly login: CallStats };
  readonly clients: ClientRegistry;
  readonly tokens: TokenRegistry;
  readonly session: BrowserSession;
  readonly clientStats: ClientStats;
  readonly rateLimiter: RateLimiter;
}

export function genesysControls(controlled: Controlled): Controls {
  const { switchboards, clients, tokens, session, rateLimiter } = controlled;
  const fixed: Readonly<Record<string, Methods>> = {
    '/sandbox/genesys/behaviour': behaviourMethods(switchboards.api),
    '/sandbox/genesys/login': behaviourMethods(switchboards.login),
    '/sandbox/genesys/stats': statsMethods(statsOf(controlled)),
    '/sandbox/genesys/tokens': { DELETE: () => ({ revoked: tokens.revokeAll() }) },
    '/sandbox/genesys/session': sessionMethods(session),
    '/sandbox/genesys/minutes': { DELETE: () => (rateLimiter.reset(), {}) },
  };
  return (path) => {
    if (Object.hasOwn(fixed, path)) return fixed[path];
    const agent = segmentAfter('/sandbox/genesys/user-tokens/', path);
    if (agent !== undefined) return userTokenMethods(controlled, Number(agent));
    const id = segmentAfter('/sandbox/genesys/clients/', path);
    return id === undefined ? undefined : clientMethods(clients, id);
  };
}

function statsOf({ stats, clientStats }: Controlled): Parameters<typeof statsMethods>[0] {
  return {
    view: () => ({ ...stats.api.view(), login: stats.login.view(), clients: clientStats.view() }),
    reset: () => {
      stats.api.reset();
      stats.login.reset();
      clientStats.reset();
    },
  };
}

function sessionMethods(session: BrowserSession): Methods {
  return {
    GET: () => session.view,
    PUT: async ({ request }) => session.change(await readObject(request)),
    DELETE: () => session.reset(),
  };
}

/** The tokens of an agent of the sandbox: a test needs no browser to get a token. */
function userTokenMethods({ tokens, session, switchboards }: Controlled, agent: number): Methods {
  const lifeMs = switchboards.login.behaviour.lifeS * 1000;
  return {
    POST: () => {
      const { organization } = session.view;
      return { access_token: tokens.issue('sandbox-app', lifeMs, { agent, organization }) };
    },
    DELETE: () => ({ revoked: tokens.revokeOfAgent(agent) }),
  };
}

function clientMethods(clients: ClientRegistry, id: string): Methods {
  return {
    GET: () => clients.known(id),
    PUT: async ({ request }) => clients.change(id, await readObject(request)),
    DELETE: () => clients.remove(id),
  };
}
