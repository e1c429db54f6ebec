import type { AgentBook } from '../agents/agent-book.js';
import { TREATMENT_DEFAULTS, TREATMENT_SWITCHES, type TreatmentSwitches } from '../behaviour.js';
import { behaviourMethods, statsMethods, type Methods } from '../control-routes.js';
import type { Answer, Exchange } from '../exchange.js';
import { FrontDesk } from '../front-desk.js';
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
  const apiSwitches = new Switchboard(TREATMENT_SWITCHES, { ...TREATMENT_DEFAULTS, ...api });
  const loginSwitches = loginSwitchboard({ lifeS: 3600, ...login });
  const stats = { api: new CallStats(AGENT_ROUTES), login: new CallStats(LOGIN_ROUTES) };
  const turnedAway = ({ request }: Exchange): Answer | undefined =>
    ledgers.tokens.holder(bearerOf(request.headers.authorization) ?? '')?.standing === 'good'
      ? undefined
      : UNAUTHORIZED;
  const apiDesk = new FrontDesk({ switchboard: apiSwitches, stats: stats.api, failure: failed, turnedAway });
  const loginDesk = new FrontDesk({
    switchboard: loginSwitches,
    stats: stats.login,
    failure: failed,
    turnedAway: () => undefined,
  });
  const taken = [
    agentRoutes(agents, apiDesk),
    loginRoutes({ ...ledgers, desk: loginDesk, switches: () => loginSwitches.behaviour }),
  ];
  const controls: Readonly<Record<string, Methods>> = {
    '/sandbox/cxone/behaviour': behaviourMethods(apiSwitches),
    '/sandbox/cxone/login': behaviourMethods(loginSwitches),
    '/sandbox/cxone/stats': statsMethods({
      view: () => ({ ...stats.api.view(), login: stats.login.view() }),
      reset: () => [stats.api, stats.login].forEach((counted) => counted.reset()),
    }),
    '/sandbox/cxone/tokens': { DELETE: () => ({ revoked: ledgers.tokens.revokeAll() }) },
  };
  return {
    routes: (exchange) => taken.some((takes) => takes(exchange)),
    controls: (path) => (Object.hasOwn(controls, path) ? controls[path] : undefined),
    close: () => [apiDesk, loginDesk].forEach((desk) => desk.close()),
  };
}

function failed(status: number, retryAfterS: number | null): Answer {
  const headers = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return { status, body: { error: 'failed', error_description: 'Failed, as the sandbox was told to' }, headers };
}
