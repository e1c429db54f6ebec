import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentBook } from './agents/agent-book.js';
import { agentControls } from './agents/agent-controls.js';
import type { Behaviour } from './behaviour.js';
import { controlRoutes } from './control-routes.js';
import { crm } from './crm.js';
import { CustomerBook } from './customer-book.js';
import { cxone, type CxoneOptions } from './cxone/cxone.js';
import { exchangeOf, send, type Routes } from './exchange.js';
import { genesys, type GenesysOptions } from './genesys/genesys.js';
import type { StandIn } from './stand-in.js';

export interface SandboxOptions {
  /** 0 lets the operating system choose one. */
  readonly port: number;
  /** Default 127.0.0.1: whoever reaches the sandbox may switch it. */
  readonly host?: string;
  /** What differs from the default behaviour, at the start and after every reset. */
  readonly behaviour?: Partial<Behaviour>;
  /** The same for the platforms' APIs and their token endpoints. */
  readonly genesys?: GenesysOptions;
  readonly cxone?: CxoneOptions;
  /** Monotonic, milliseconds: what lives of tokens and minutes of the rate limit are measured by. */
  readonly nowMs?: () => number;
}

export interface Sandbox {
  readonly url: string;
  readonly port: number;
  /** Ends everything at once, half-sent answers included. Resolves when nothing is left open; may be called again. */
  close(): Promise<void>;
}

/** The kernel's own bound is usually lower. Node's default of 511 drops callers when some thousand connect at one time. */
const BACKLOG = 8192;

/** Longer than any caller keeps a connection it does not use, so that it is never closed just as the next call is sent on it. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Starts a stand-in for the slow systems Datadip stands before. A small app of its own: it shares no code with the rest of the house,
 * so what it says about the house is not said by the house.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port, host = '127.0.0.1' } = options;
  const agents = new AgentBook();
  const standIns = standInsOf(options, agents);
  const controls = controlRoutes([agentControls(agents), ...standIns.map((standIn) => standIn.controls)]);
  const server = serving([...standIns.map(({ routes }) => routes), controls]);
  server.listen({ port, host, backlog: BACKLOG });
  await once(server, 'listening');
  const taken = (server.address() as AddressInfo).port;
  return { url: urlOf(host, taken), port: taken, close: () => closing(server, standIns) };
}

function standInsOf(options: SandboxOptions, agents: AgentBook): StandIn[] {
  const { behaviour = {}, nowMs = () => performance.now() } = options;
  const book = new CustomerBook();
  return [
    crm(book, behaviour),
    genesys({ book, agents, nowMs, ...options.genesys }),
    cxone({ agents, nowMs, ...options.cxone }),
  ];
}

function serving(tables: readonly Routes[]): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const exchange = exchangeOf(request, response);
    if (tables.some((takes) => takes(exchange))) return;
    send(response, { status: 404, body: { error: 'no such route' } });
  });
}

async function closing(server: Server, standIns: readonly StandIn[]): Promise<void> {
  const closed = once(server, 'close');
  // Calls first: a socket that closes now has not been left by its caller.
  for (const standIn of standIns) standIn.close();
  server.close();
  server.closeAllConnections();
  await closed;
}

function urlOf(host: string, port: number): string {
  // A wildcard is a place to listen, not one to call.
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
