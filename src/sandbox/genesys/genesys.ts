import type { AgentRegistry } from '../agents/agent-registry.js';
import type { CustomerRegistry } from '../customer-registry.js';
import type { Routes } from '../exchange.js';
import { CallHandler } from '../call-handler.js';
import { loginSwitchboard, type LoginSwitches } from '../login/login-switches.js';
import { TokenRegistry } from '../login/token-registry.js';
import type { SimulatedSystem } from '../simulated-system.js';
import { CallStats } from '../stats.js';
import { apiRoutes, type ApiRoute } from './api-routes.js';
import { apiSwitchboard, type ApiSwitches } from './api-switches.js';
import { AUTHORIZE_ROUTE, authorizeRoutes } from './authorize-routes.js';
import { BrowserSession } from './browser-session.js';
import { conversationRoute } from './conversation-route.js';
import { forBrowsers } from './for-browsers.js';
import { LoginCodes } from './login-codes.js';
import { RateLimiter } from './rate-limiter.js';
import { ClientRegistry } from './client-registry.js';
import { ClientStats } from './client-stats.js';
import { contactRoutes } from './contact-routes.js';
import { Contacts } from './contacts.js';
import { genesysControls } from './controls.js';
import { AccessCheck } from './access-check.js';
import { loginRoutes, TOKEN_ROUTE } from './login-routes.js';
import { failureAnswer } from './platform-error.js';
import { queueRoutes } from './queue-routes.js';
import { tokenInfoRoute } from './token-info.js';
import { meRoute, userRoutes } from './user-routes.js';

export interface GenesysOptions {
  /** Changes to the default switches of the API, at the start and after every reset. */
  readonly api?: Partial<ApiSwitches>;
  /** The same for the token endpoint. */
  readonly login?: Partial<LoginSwitches>;
}

interface GenesysDependencies extends GenesysOptions {
  readonly customers: CustomerRegistry;
  readonly agents: AgentRegistry;
  readonly nowMs: () => number;
}

/** The simulated Genesys Cloud: the platform API and its login host, on one port. */
export function simulateGenesys(dependencies: GenesysDependencies): SimulatedSystem {
  const state = createSharedState(dependencies);
  const hosts = { api: createApiHost(state, dependencies), login: createLoginHost(state) };
  const stats = { api: hosts.api.stats, login: hosts.login.stats };
  return {
    routes: forBrowsers((exchange) => hosts.api.routes(exchange) || hosts.login.routes(exchange)),
    controls: genesysControls({ ...state, stats }),
    close: () => {
      hosts.api.calls.close();
      hosts.login.calls.close();
    },
  };
}

type SharedState = ReturnType<typeof createSharedState>;

/** The state that both hosts share. */
function createSharedState({ nowMs, api = {}, login = {} }: GenesysDependencies) {
  return {
    clients: new ClientRegistry(),
    tokens: new TokenRegistry(nowMs),
    codes: new LoginCodes(nowMs),
    session: new BrowserSession(),
    clientStats: new ClientStats(),
    rateLimiter: new RateLimiter(nowMs),
    switchboards: { api: apiSwitchboard(api), login: loginSwitchboard(login) },
  };
}

interface Host {
  readonly routes: Routes;
  readonly calls: CallHandler;
  readonly stats: CallStats;
}

function createApiHost(state: SharedState, { customers, agents }: GenesysDependencies): Host {
  const switchboard = state.switchboards.api;
  const table = createApiRoutes(state, { customers, agents });
  const permissions = new Map(table.map(({ path, permission }) => [path, permission]));
  const stats = new CallStats([...permissions.keys()]);
  const access = new AccessCheck({ ...state, switches: () => switchboard.behaviour });
  const calls = new CallHandler({
    ...{ switchboard, stats, failureAnswer },
    rejectionOf: (exchange, route) => access.rejectionOf(exchange, permissions.get(route)),
  });
  return { routes: apiRoutes(table, calls, (exchange) => access.holderOf(exchange)), calls, stats };
}

function createApiRoutes(
  { clients, switchboards }: SharedState,
  { customers, agents }: Pick<GenesysDependencies, 'customers' | 'agents'>,
): ApiRoute[] {
  const switches = (): ApiSwitches => switchboards.api.behaviour;
  const onQueue = (): ApiSwitches['onQueue'] => switches().onQueue;
  const contacts = new Contacts(customers, () => switches().resolveMerged);
  return [
    tokenInfoRoute(clients),
    ...contactRoutes(contacts),
    meRoute(agents, onQueue),
    conversationRoute(customers),
    ...userRoutes(agents, onQueue),
    ...queueRoutes(agents, switches),
  ];
}

function createLoginHost(state: SharedState): Host {
  const switchboard = state.switchboards.login;
  const stats = new CallStats([TOKEN_ROUTE, AUTHORIZE_ROUTE]);
  const calls = new CallHandler({ switchboard, stats, failureAnswer, rejectionOf: () => undefined });
  const tokens = loginRoutes({ ...state, calls, switches: () => switchboard.behaviour });
  const pages = authorizeRoutes({ ...state, calls });
  return { routes: (exchange) => tokens(exchange) || pages(exchange), calls, stats };
}
