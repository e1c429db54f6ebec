import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentRegistry } from './agents/agent-registry.js';
import { agentControls } from './agents/agent-controls.js';
import { assignmentControls } from './agents/assignment-controls.js';
import type { Behaviour, CallSwitches } from './behaviour.js';
import { controlRoutes } from './control-routes.js';
import { simulateCrm } from './crm.js';
import { CustomerRegistry } from './customer-registry.js';
import { simulateCxone, type CxoneOptions } from './cxone/cxone.js';
import { parseExchange, send, type Routes } from './exchange.js';
import { simulateGenesys, type GenesysOptions } from './genesys/genesys.js';
import type { SimulatedSystem } from './simulated-system.js';
import { VENDORS } from './vendors/all-vendors.js';
import { createPeople } from './vendors/people.js';
import { simulateVendor } from './vendors/simulate-vendor.js';

export interface SandboxOptions {
  /** 0 lets the operating system choose a free port. */
  readonly port: number;
  /** Default 127.0.0.1, because every client that reaches the sandbox may change its switches. */
  readonly host?: string;
  /** Changes to the default behaviour, at the start and after every reset. */
  readonly behaviour?: Partial<Behaviour>;
  /** Changes for the API and the token endpoint of Genesys Cloud. */
  readonly genesys?: GenesysOptions;
  /** Changes for the API and the token endpoint of CXone. */
  readonly cxone?: CxoneOptions;
  /** Changes for the APIs and the token endpoints of all other vendors. */
  readonly vendors?: Partial<CallSwitches>;
  /**
   * The clock for the lives of tokens and the minutes of the rate limit: monotonic, in
   * milliseconds. Default `performance.now`.
   */
  readonly nowMs?: () => number;
}

export interface Sandbox {
  readonly url: string;
  readonly port: number;
  /** Ends all calls immediately, then resolves when no socket is open. May be called again. */
  close(): Promise<void>;
}

/**
 * The limit of the operating system is usually lower. Node's default of 511 loses connections when
 * thousands of callers connect at the same time.
 */
const BACKLOG = 8192;

/**
 * Longer than any caller keeps an idle connection. So the sandbox never closes a connection at the
 * moment when a caller sends the next call.
 */
const KEEP_ALIVE_MS = 120_000;

/**
 * Starts a simulation of the slow systems behind Datadip. The sandbox is a separate application. It
 * shares no code with the rest of `src`, so an error in that code cannot hide itself in a test.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port, host = '127.0.0.1' } = options;
  const agents = new AgentRegistry();
  const systems = createSystems(options, agents);
  const ofAgents = [agentControls(agents), assignmentControls(agents)];
  const controls = controlRoutes([...ofAgents, ...systems.map((system) => system.controls)]);
  const server = createSandboxServer([...systems.map(({ routes }) => routes), controls]);
  server.listen({ port, host, backlog: BACKLOG });
  await once(server, 'listening');
  const boundPort = (server.address() as AddressInfo).port;
  return { url: urlOf(host, boundPort), port: boundPort, close: () => closeAll(server, systems) };
}

function createSystems(options: SandboxOptions, agents: AgentRegistry): SimulatedSystem[] {
  const { behaviour = {}, nowMs = () => performance.now() } = options;
  const customers = new CustomerRegistry();
  const vendors = { people: createPeople(), nowMs, behaviour: options.vendors ?? {} };
  return [
    simulateCrm(customers, behaviour),
    simulateGenesys({ customers, agents, nowMs, ...options.genesys }),
    simulateCxone({ agents, nowMs, ...options.cxone }),
    ...VENDORS.map((create) => simulateVendor(create, vendors)),
  ];
}

function createSandboxServer(tables: readonly Routes[]): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const exchange = parseExchange(request, response);
    if (tables.some((answers) => answers(exchange))) return;
    send(response, { status: 404, body: { error: 'no such route' } });
  });
}

async function closeAll(server: Server, systems: readonly SimulatedSystem[]): Promise<void> {
  const closed = once(server, 'close');
  // Calls end first. Otherwise the sockets that close here would count as aborted by their callers.
  for (const system of systems) system.close();
  server.close();
  server.closeAllConnections();
  await closed;
}

function urlOf(host: string, port: number): string {
  // A server can listen on a wildcard address, but a client cannot call it.
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
