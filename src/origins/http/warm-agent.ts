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

/** Connections opened ahead of the first call. */
class WarmSockets {
  private readonly sockets = new Set<net.Socket>();

  add(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.unref();
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => this.sockets.delete(socket));
  }

  get size(): number {
    this.dropSpent();
    return this.sockets.size;
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
  /**
   * Opens connections until `count` connections are unused. Sends no request. Rejects if there is
   * no unused connection and none can be opened.
   */
  keepOpen(count: number, boundMs: number): Promise<void>;
  /** Opens one connection and closes it. */
  dial(boundMs: number): Promise<void>;
  destroy(): void;
}

/**
 * @param maxSockets the most connections, and therefore the most calls, at a time; a further call
 *   waits for a connection, within its timeout
 */
export function warmAgent(baseUrl: URL, maxSockets: number): WarmAgent {
  const warm = new WarmSockets();
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, scheduling: 'lifo' as const };
  const agent = baseUrl.protocol === 'https:' ? new WarmHttpsAgent(warm, options) : new WarmHttpAgent(warm, options);
  return {
    agent,
    keepOpen: async (count, boundMs) => {
      const unused =
        warm.size + Object.values(agent.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
      const missing = Math.max(0, Math.min(count, maxSockets) - unused);
      const opened = await Promise.allSettled(Array.from({ length: missing }, () => connect(baseUrl, boundMs)));
      for (const result of opened) if (result.status === 'fulfilled') warm.add(result.value);
      if (missing > 0 && warm.size + unused === 0) throw new Error('no connection could be opened');
    },
    dial: async (boundMs) => void (await connect(baseUrl, boundMs)).destroy(),
    destroy: () => {
      warm.destroy();
      agent.destroy();
    },
  };
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
    socket.once(secure ? 'secureConnect' : 'connect', () => resolve(socket));
    socket.once('error', reject);
  }).finally(() => clearTimeout(timer));
}
