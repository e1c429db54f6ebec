import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/**
 * Requires TLS 1.2 or later and valid certificates, even if an environment variable of Node allows
 * less.
 */
const STRICT = { minVersion: 'TLSv1.2', rejectUnauthorized: true } as const;

/** TCP asks an idle peer after this long, and gives the connection up 10 s after its silence. */
const PROBE_AFTER_MS = 15_000;
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
export function warmAgent(baseUrl: URL, maxSockets: number): WarmAgent {
  const proofs = new Proofs();
  const warm = new WarmSockets();
  const options = { ...KEPT, maxSockets, maxFreeSockets: maxSockets };
  const isSecure = baseUrl.protocol === 'https:';
  const agent = isSecure ? new WarmHttpsAgent(warm, options) : new WarmHttpAgent(warm, options);
  // The answer is complete, and the connection waits for the next call.
  agent.on('free', (socket: net.Socket) => proofs.mark(socket));
  const freshAgent = isSecure ? new https.Agent({ keepAlive: false, ...STRICT }) : new http.Agent({ keepAlive: false });
  const silentFor = (ms: number) => (socket: net.Socket) => proofs.silentMs(socket) >= ms;
  const unused = (): net.Socket[] => [...warm.all(), ...freeSockets(agent)];
  const closeIdle = (silentMs: number): void => {
    for (const socket of unused().filter(silentFor(silentMs))) socket.destroy();
  };
  const open = async (boundMs: number): Promise<void> => {
    const socket = await connect(baseUrl, boundMs);
    proofs.mark(socket);
    warm.add(socket);
  };
  return {
    agent,
    freshAgent,
    keepOpen: async (count, boundMs) => {
      const young = unused().filter((socket) => !silentFor(MAX_IDLE_MS)(socket)).length;
      const missing = Math.max(0, Math.min(count, maxSockets) - young);
      await Promise.allSettled(Array.from({ length: missing }, () => open(boundMs)));
      closeIdle(MAX_IDLE_MS);
      if (missing > 0 && unused().length === 0) throw new Error('no connection could be opened');
    },
    dial: async (boundMs) => void (await connect(baseUrl, boundMs)).destroy(),
    markProven: (socket) => socket !== undefined && proofs.mark(socket),
    isProven: (socket) => socket !== undefined && proofs.has(socket),
    silentMs: (socket) => (socket === undefined ? 0 : proofs.silentMs(socket)),
    closeIdle,
    destroy: () => {
      warm.destroy();
      agent.destroy();
      freshAgent.destroy();
    },
  };
}

const KEPT = { keepAlive: true, keepAliveMsecs: PROBE_AFTER_MS, scheduling: 'lifo' as const };

/** Connections that were used and wait for the next call. */
function freeSockets(agent: http.Agent): net.Socket[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
}

class WarmHttpAgent extends http.Agent {
  constructor(
    private readonly warm: WarmSockets,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(options: http.ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void) {
    return this.warm.take() ?? super.createConnection(options, callback);
  }
}

class WarmHttpsAgent extends https.Agent {
  constructor(
    private readonly warm: WarmSockets,
    options: https.AgentOptions,
  ) {
    super({ ...options, ...STRICT });
  }

  override createConnection(options: https.RequestOptions, callback?: (error: Error | null, stream: Duplex) => void) {
    return this.warm.take() ?? super.createConnection(options, callback);
  }
}

function connect(url: URL, boundMs: number): Promise<net.Socket> {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const socket = secure
    ? tls.connect({ host, port, servername: net.isIP(host) === 0 ? host : '', ...STRICT })
    : net.connect({ host, port, noDelay: true });
  const timer = setTimeout(() => socket.destroy(new Error('connecting took too long')), boundMs);
  return new Promise<net.Socket>((resolve, reject) => {
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      socket.setKeepAlive(true, PROBE_AFTER_MS);
      resolve(socket);
    });
    socket.once('error', reject);
  }).finally(() => clearTimeout(timer));
}
