import type { AgentBook } from '../agents/agent-book.js';
import type { CustomerBook } from '../customer-book.js';
import type { Routes } from '../exchange.js';
import { FrontDesk } from '../front-desk.js';
import { loginSwitchboard, type LoginSwitches } from '../login/login-switches.js';
import { TokenLedger } from '../login/token-ledger.js';
import type { StandIn } from '../stand-in.js';
import { CallStats } from '../stats.js';
import { apiRoutes, type ApiRoute } from './api-routes.js';
import { apiSwitchboard, type ApiSwitches } from './api-switches.js';
import { CallBudget } from './call-budget.js';
import { ClientBook } from './client-book.js';
import { ClientTally } from './client-counts.js';
import { contactRoutes } from './contact-routes.js';
import { Contacts } from './contacts.js';
import { genesysControls } from './controls.js';
import { Gate } from './gate.js';
import { loginRoutes, TOKEN_ROUTE } from './login-routes.js';
import { failed } from './platform-error.js';
import { queueRoutes } from './queue-routes.js';
import { tokenInfoRoute } from './token-info.js';
import { userRoutes } from './user-routes.js';

export interface GenesysOptions {
  /** What differs from the API's default switches, at the start and after every reset. */
  readonly api?: Partial<ApiSwitches>;
  /** The same for the token endpoint. */
  readonly login?: Partial<LoginSwitches>;
}

interface Given extends GenesysOptions {
  readonly book: CustomerBook;
  readonly agents: AgentBook;
  readonly nowMs: () => number;
}

/** The stand-in Genesys Cloud: the platform API and the login host before it, on one port. */
export function genesys(given: Given): StandIn {
  const kept = keptFor(given);
  const hosts = { api: apiHost(kept, given), login: loginHost(kept) };
  const stats = { api: hosts.api.stats, login: hosts.login.stats };
  return {
    routes: (exchange) => hosts.api.routes(exchange) || hosts.login.routes(exchange),
    controls: genesysControls({ ...kept, stats }),
    close: () => {
      hosts.api.desk.close();
      hosts.login.desk.close();
    },
  };
}

type Kept = ReturnType<typeof keptFor>;

/** What both hosts know. */
function keptFor({ nowMs, api = {}, login = {} }: Given) {
  return {
    clients: new ClientBook(),
    ledger: new TokenLedger(nowMs),
    tally: new ClientTally(),
    budget: new CallBudget(nowMs),
    switchboards: { api: apiSwitchboard(api), login: loginSwitchboard(login) },
  };
}

interface Host {
  readonly routes: Routes;
  readonly desk: FrontDesk;
  readonly stats: CallStats;
}

function apiHost(kept: Kept, { book, agents }: Given): Host {
  const switchboard = kept.switchboards.api;
  const table = apiTable(kept, { book, agents });
  const permissions = new Map(table.map(({ path, permission }) => [path, permission]));
  const stats = new CallStats([...permissions.keys()]);
  const gate = new Gate({ ...kept, switches: () => switchboard.behaviour });
  const desk = new FrontDesk({
    ...{ switchboard, stats, failure: failed },
    turnedAway: (exchange, route) => gate.turnedAway(exchange, permissions.get(route)),
  });
  return { routes: apiRoutes(table, desk, (exchange) => gate.clientOf(exchange)), desk, stats };
}

function apiTable({ clients, switchboards }: Kept, { book, agents }: Pick<Given, 'book' | 'agents'>): ApiRoute[] {
  const switches = (): ApiSwitches => switchboards.api.behaviour;
  const onQueue = (): ApiSwitches['onQueue'] => switches().onQueue;
  const contacts = new Contacts(book, () => switches().resolveMerged);
  return [
    tokenInfoRoute(clients),
    ...contactRoutes(contacts),
    ...userRoutes(agents, onQueue),
    ...queueRoutes(agents, onQueue),
  ];
}

function loginHost(kept: Kept): Host {
  const switchboard = kept.switchboards.login;
  const stats = new CallStats([TOKEN_ROUTE]);
  const desk = new FrontDesk({ switchboard, stats, failure: failed, turnedAway: () => undefined });
  return { routes: loginRoutes({ ...kept, desk, switches: () => switchboard.behaviour }), desk, stats };
}
