import type { AgentRegistry } from '../agents/agent-registry.js';
import { apiSwitchboard, type ApiSwitches } from './api-switches.js';
import type { Answer, Exchange } from '../exchange.js';
import { CallHandler, type CallHandlerOptions } from '../call-handler.js';
import { loginSwitchboard, type LoginSwitches } from '../login/login-switches.js';
import { bearerToken, TokenRegistry } from '../login/token-registry.js';
import type { SimulatedSystem } from '../simulated-system.js';
import { CallStats } from '../stats.js';
import { systemControls } from '../system-controls.js';
import { AGENT_ROUTES, agentRoutes } from './agent-routes.js';
import { LOGIN_ROUTES, loginRoutes } from './login-routes.js';
import { SKILL_ROUTES, skillRoutes } from './skill-routes.js';

export interface CxoneOptions {
  /** Changes to the default switches of the API, at the start and after every reset. */
  readonly api?: Partial<ApiSwitches>;
  /** The same for the token endpoint, where `lifeS` is 3600 (one hour) by default. */
  readonly login?: Partial<LoginSwitches>;
}

interface CxoneDependencies extends CxoneOptions {
  readonly agents: AgentRegistry;
  readonly nowMs: () => number;
}

const UNAUTHORIZED: Answer = {
  status: 401,
  body: { error: 'invalid_token', error_description: 'The access token is not valid' },
};

/** The simulated CXone: its access-key login, and the states and skills of its agents. */
export function simulateCxone({ agents, nowMs, api = {}, login = {} }: CxoneDependencies): SimulatedSystem {
  const registries = { tokens: new TokenRegistry(nowMs), refreshTokens: new TokenRegistry(nowMs) };
  const switchboards = {
    api: apiSwitchboard(api),
    login: loginSwitchboard({ lifeS: 3600, ...login }),
  };
  const stats = { api: new CallStats([...AGENT_ROUTES, ...SKILL_ROUTES]), login: new CallStats(LOGIN_ROUTES) };
  const calls = {
    api: createHandler(switchboards.api, stats.api, (exchange) => rejectionOf(registries.tokens, exchange)),
    login: createHandler(switchboards.login, stats.login, () => undefined),
  };
  const brokenList = (): ApiSwitches['brokenList'] => switchboards.api.behaviour.brokenList;
  const routeAgents = agentRoutes(agents, calls.api);
  const routeSkills = skillRoutes({ agents, calls: calls.api, brokenList });
  const routeLogin = loginRoutes({ ...registries, calls: calls.login, switches: () => switchboards.login.behaviour });
  return {
    routes: (exchange) => routeAgents(exchange) || routeSkills(exchange) || routeLogin(exchange),
    controls: systemControls('cxone', { switchboards, stats, tokens: registries.tokens }),
    close: () => {
      calls.api.close();
      calls.login.close();
    },
  };
}

function createHandler(
  switchboard: CallHandlerOptions['switchboard'],
  stats: CallStats,
  rejection: CallHandlerOptions['rejectionOf'],
): CallHandler {
  return new CallHandler({ switchboard, stats, failureAnswer, rejectionOf: rejection });
}

function rejectionOf(tokens: TokenRegistry, { request }: Exchange): Answer | undefined {
  const state = tokens.find(bearerToken(request.headers.authorization) ?? '');
  return state?.status === 'valid' ? undefined : UNAUTHORIZED;
}

function failureAnswer(status: number, retryAfterS: number | null): Answer {
  const headers = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return { status, body: { error: 'failed', error_description: 'Failed, as the sandbox switches demand' }, headers };
}
