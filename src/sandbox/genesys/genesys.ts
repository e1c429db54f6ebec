import type { AgentBook } from '../agents/agent-book.js';
import type { Controls } from '../control-routes.js';
import type { CustomerBook } from '../customer-book.js';
import { FrontDesk, type House } from '../front-desk.js';
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
export function genesys({ book, agents, nowMs, api = {}, login = {} }: Given): StandIn {
  const kept = {
    clients: new ClientBook(),
    ledger: new TokenLedger(nowMs),
    tally: new ClientTally(),
    budget: new CallBudget(nowMs),
  };
  const switchboards = { api: apiSwitchboard(api), login: loginSwitchboard(login) };
  const onQueue = (): ApiSwitches['onQueue'] => switchboards.api.behaviour.onQueue;
  const contacts = new Contacts(book, () => switchboards.api.behaviour.resolveMerged);
  const table: ApiRoute[] = [
    tokenInfoRoute(kept.clients),
    ...contactRoutes(contacts),
    ...userRoutes(agents, onQueue),
    ...queueRoutes(agents, onQueue),
  ];
  const stats = { api: new CallStats(table.map(({ path }) => path)), login: new CallStats([TOKEN_ROUTE]) };
  const gate = new Gate({ ...kept, switches: () => switchboards.api.behaviour });
  const permissions = new Map(table.map(({ path, permission }) => [path, permission]));
  const turnedAway: House['turnedAway'] = (exchange, route) => gate.turnedAway(exchange, permissions.get(route));
  const apiDesk = new FrontDesk({ switchboard: switchboards.api, stats: stats.api, failure: failed, turnedAway });
  const everybody: House['turnedAway'] = () => undefined;
  const loginDesk = new FrontDesk({
    switchboard: switchboards.login,
    stats: stats.login,
    failure: failed,
    turnedAway: everybody,
  });
  const taken = [
    apiRoutes(table, apiDesk, (exchange) => gate.clientOf(exchange)),
    loginRoutes({ ...kept, desk: loginDesk, switches: () => switchboards.login.behaviour }),
  ];
  const controls: Controls = genesysControls({ ...kept, switchboards, stats });
  const close = (): void => [apiDesk, loginDesk].forEach((desk) => desk.close());
  return { routes: (exchange) => taken.some((takes) => takes(exchange)), controls, close };
}
