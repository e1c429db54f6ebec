import type { AgentBook } from '../agents/agent-book.js';
import { TREATMENT_DEFAULTS, TREATMENT_SWITCHES, type TreatmentSwitches } from '../behaviour.js';
import { behaviourMethods, statsMethods, type Controls, type Methods } from '../control-routes.js';
import type { Answer, Exchange } from '../exchange.js';
import { FrontDesk, type House } from '../front-desk.js';
import { loginSwitchboard, type LoginSwitches } from '../login/login-switches.js';
import { bearerOf, TokenLedger } from '../login/token-ledger.js';
import type { StandIn } from '../stand-in.js';
import { CallStats } from '../stats.js';
import { Switchboard } from '../switchboard.js';
import { AGENT_ROUTES, agentRoutes } from './agent-routes.js';
import { LOGIN_ROUTES, loginRoutes } from './login-routes.js';

export interface CxoneOptions {
  /** What differs from the API's default switches, at the start and after every reset. */
  readonly api?: Partial<TreatmentSwitches>;
  /** The same for the token endpoint, where a life is an hour by default. */
  readonly login?: Partial<LoginSwitches>;
}

interface Given extends CxoneOptions {
  readonly agents: AgentBook;
  readonly nowMs: () => number;
}

const UNAUTHORIZED: Answer = {
  status: 401,
  body: { error: 'invalid_token', error_description: 'The access token is not valid' },
};

/** The stand-in CXone: its access-key login and its agents' states. */
export function cxone({ agents, nowMs, api = {}, login = {} }: Given): StandIn {
  const ledgers = { tokens: new TokenLedger(nowMs), refreshTokens: new TokenLedger(nowMs) };
  const switchboards = {
    api: new Switchboard(TREATMENT_SWITCHES, { ...TREATMENT_DEFAULTS, ...api }),
    login: loginSwitchboard({ lifeS: 3600, ...login }),
  };
  const stats = { api: new CallStats(AGENT_ROUTES), login: new CallStats(LOGIN_ROUTES) };
  const desks = {
    api: desk(switchboards.api, stats.api, (exchange) => turnedAway(ledgers.tokens, exchange)),
    login: desk(switchboards.login, stats.login, () => undefined),
  };
  const takesAgents = agentRoutes(agents, desks.api);
  const takesLogin = loginRoutes({ ...ledgers, desk: desks.login, switches: () => switchboards.login.behaviour });
  return {
    routes: (exchange) => takesAgents(exchange) || takesLogin(exchange),
    controls: controlsOf({ switchboards, stats, tokens: ledgers.tokens }),
    close: () => {
      desks.api.close();
      desks.login.close();
    },
  };
}

function desk(switchboard: House['switchboard'], stats: CallStats, away: House['turnedAway']): FrontDesk {
  return new FrontDesk({ switchboard, stats, failure: failed, turnedAway: away });
}

function turnedAway(tokens: TokenLedger, { request }: Exchange): Answer | undefined {
  const holder = tokens.holder(bearerOf(request.headers.authorization) ?? '');
  return holder?.standing === 'good' ? undefined : UNAUTHORIZED;
}

interface Controlled {
  readonly switchboards: Readonly<Record<'api' | 'login', House['switchboard']>>;
  readonly stats: Readonly<Record<'api' | 'login', CallStats>>;
  readonly tokens: TokenLedger;
}

function controlsOf({ switchboards, stats, tokens }: Controlled): Controls {
  const counted = {
    view: () => ({ ...stats.api.view(), login: stats.login.view() }),
    reset: () => {
      stats.api.reset();
      stats.login.reset();
    },
  };
  const controls: Readonly<Record<string, Methods>> = {
    '/sandbox/cxone/behaviour': behaviourMethods(switchboards.api),
    '/sandbox/cxone/login': behaviourMethods(switchboards.login),
    '/sandbox/cxone/stats': statsMethods(counted),
    '/sandbox/cxone/tokens': { DELETE: () => ({ revoked: tokens.revokeAll() }) },
  };
  return (path) => (Object.hasOwn(controls, path) ? controls[path] : undefined);
}

function failed(status: number, retryAfterS: number | null): Answer {
  const headers = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return { status, body: { error: 'failed', error_description: 'Failed, as the sandbox was told to' }, headers };
}
