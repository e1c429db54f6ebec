import type http from 'node:http';
import type net from 'node:net';
import { freshAgent, routedAgent } from './agents.js';
import { dial, PROBE_AFTER_MS } from './dial.js';
import type { Route } from './route.js';

/**
 * An older idle connection is replaced. Load balancers drop idle connections: Azure after 240 s,
 * AWS (NLB) after 350 s.
 */
const MAX_IDLE_MS = 200_000;

/** When the peer of each connection last proved that it is there. */
class Proofs {
  private readonly atMs = new WeakMap<object, number>();

  mark(socket: object): void {
    this.atMs.set(socket, performance.now());
  }

  has(socket: object): boolean {
    return this.atMs.has(socket);
  }

  /** 0 for a new connection, which has proved nothing yet. */
  silentMs(socket: object): number {
    const atMs = this.atMs.get(socket);
    return atMs === undefined ? 0 : performance.now() - atMs;
  }
}

/** Connections opened ahead of the first call. */
class WarmSockets {
  private readonly sockets = new Set<net.Socket>();

  add(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.unref();
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => this.sockets.delete(socket));
  }

  all(): readonly net.Socket[] {
    this.dropSpent();
    return [...this.sockets];
  }

  take(): net.Socket | undefined {
    this.dropSpent();
    const [socket] = this.sockets;
    if (socket === undefined) return undefined;
    this.sockets.delete(socket);
    socket.ref();
    return socket;
  }

  destroy(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /**
   * Closes sockets that the server has closed or has written to. A server may send 408 before it
   * closes an idle connection, and the next call would read this 408 as its answer.
   */
  private dropSpent(): void {
    for (const socket of this.sockets) {
      if (socket.readableLength === 0 && socket.writable) continue;
      this.sockets.delete(socket);
      socket.destroy();
    }
  }
}

/** A keep-alive pool that can be filled before it is needed. */
export interface WarmAgent {
  readonly agent: http.Agent;
  /** Opens a new connection for each call, and closes it after the answer. */
  readonly freshAgent: http.Agent;
  /**
   * Opens connections until `count` connections are unused. Sends no request. Rejects if there is
   * no unused connection and none can be opened. Replaces unused connections that are too old.
   */
  keepOpen(count: number, boundMs: number): Promise<void>;
  /** Opens one connection and closes it. */
  dial(boundMs: number): Promise<void>;
  /** The peer has just sent something on the connection. */
  markProven(socket: net.Socket | undefined): void;
  /** Whether the connection was open before the present call. */
  isProven(socket: net.Socket | undefined): boolean;
  /** How long ago the peer of the connection last proved that it is there. 0 for a new one. */
  silentMs(socket: net.Socket | undefined): number;
  /** Closes the unused connections that have been silent for this long. */
  closeIdle(silentMs: number): void;
  destroy(): void;
}

/**
 * @param maxSockets the most connections, and therefore the most calls, at a time; a further call
 *   waits for a connection, within its timeout
 */
export function warmAgent(route: Route, maxSockets: number): WarmAgent {
  const proofs = new Proofs();
  const warm = new WarmSockets();
  const options = { ...KEPT, maxSockets, maxFreeSockets: maxSockets };
  const agent = routedAgent(route, options, () => warm.take());
  // The answer is complete, and the connection waits for the next call.
  agent.on('free', (socket: net.Socket) => proofs.mark(socket));
  const fresh = freshAgent(route);
  const silentFor = (ms: number) => (socket: net.Socket) => proofs.silentMs(socket) >= ms;
  const unused = (): net.Socket[] => [...warm.all(), ...freeSockets(agent)];
  const closeIdle = (silentMs: number): void => {
    for (const socket of unused().filter(silentFor(silentMs))) socket.destroy();
  };
  const open = async (boundMs: number): Promise<void> => {
    const socket = await dial(route, boundMs);
    proofs.mark(socket);
    warm.add(socket);
  };
  return {
    agent,
    freshAgent: fresh,
    keepOpen: async (count, boundMs) => {
      const young = unused().filter((socket) => !silentFor(MAX_IDLE_MS)(socket)).length;
      const missing = Math.max(0, Math.min(count, maxSockets) - young);
      await Promise.allSettled(Array.from({ length: missing }, () => open(boundMs)));
      closeIdle(MAX_IDLE_MS);
      if (missing > 0 && unused().length === 0) throw new Error('no connection could be opened');
    },
    dial: async (boundMs) => void (await dial(route, boundMs)).destroy(),
    markProven: (socket) => socket !== undefined && proofs.mark(socket),
    isProven: (socket) => socket !== undefined && proofs.has(socket),
    silentMs: (socket) => (socket === undefined ? 0 : proofs.silentMs(socket)),
    closeIdle,
    destroy: () => {
      warm.destroy();
      agent.destroy();
      fresh.destroy();
    },
  };
}

const KEPT = { keepAlive: true, keepAliveMsecs: PROBE_AFTER_MS, scheduling: 'lifo' as const };

/** Connections that were used and wait for the next call. */
function freeSockets(agent: http.Agent): net.Socket[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
}
