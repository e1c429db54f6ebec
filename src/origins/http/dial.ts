import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import type { ForwardProxy } from '../../config/sections/forward-proxies.js';
import { ProxyFailure, type ProxyFault } from './proxy-failure.js';
import { hostOf, isSecure, portOf, proxyCredentials, STRICT, type Route } from './route.js';

/**
 * TCP probes a connection that was idle for this long, in milliseconds. Without a reply, TCP ends
 * the connection 10 s later.
 */
export const PROBE_AFTER_MS = 15_000;

/** A connection that is being opened. The timer closes it. */
interface Stage {
  destroy(error: Error): unknown;
}

/**
 * Opens one connection, ready for a request: TCP, the tunnel of the proxy (`CONNECT`, RFC 9110,
 * section 9.3.6) if there is a proxy, and TLS if the address is `https://`.
 *
 * Guarantees: settles within `boundMs`. A failure of the proxy rejects with `ProxyFailure`.
 */
export async function dial(route: Route, boundMs: number): Promise<net.Socket> {
  const dialling = new Dialling(boundMs);
  try {
    const socket = await dialling.open(route);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_AFTER_MS);
    return socket;
  } finally {
    dialling.end();
  }
}

class Dialling {
  private stage: Stage | undefined;
  private isAtProxy = false;
  private readonly timer: NodeJS.Timeout;

  constructor(boundMs: number) {
    this.timer = setTimeout(() => this.stage?.destroy(this.lateness()), boundMs);
  }

  end(): void {
    clearTimeout(this.timer);
  }

  async open(route: Route): Promise<net.Socket> {
    const target = { host: hostOf(route), port: portOf(route) };
    const { proxy } = route;
    if (proxy === undefined)
      return isSecure(route) ? this.secure({ ...target, ...route.tls }) : this.plain({ ...target });
    this.isAtProxy = true;
    if (!isSecure(route)) return this.toProxy(proxy);
    const tunnel = await this.tunnel(proxy, `${route.url.hostname}:${target.port}`);
    this.isAtProxy = false;
    return this.secure({ ...target, ...route.tls, socket: tunnel });
  }

  private lateness(): Error {
    if (this.isAtProxy) return new ProxyFailure('proxy_timeout', 'ETIMEDOUT');
    return Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' });
  }

  private plain(options: net.NetConnectOpts): Promise<net.Socket> {
    const socket = net.connect(options);
    return this.opened(socket, socket, 'connect');
  }

  private secure(options: tls.ConnectionOptions): Promise<net.Socket> {
    const socket = tls.connect(options);
    return this.opened(socket, socket, 'secureConnect');
  }

  private async toProxy(proxy: ForwardProxy): Promise<net.Socket> {
    const { host, port } = proxy;
    const opening = proxy.isSecure ? this.secure({ host, port, ...STRICT }) : this.plain({ host, port });
    return opening.catch((error: unknown) => {
      throw asProxyFailure(error, 'proxy_unreachable');
    });
  }

  private tunnel(proxy: ForwardProxy, authority: string): Promise<net.Socket> {
    const { host, port } = proxy;
    const request = (proxy.isSecure ? https : http).request({
      ...{ host, port, method: 'CONNECT', path: authority, agent: false },
      headers: { Host: authority, ...proxyCredentials(proxy) },
      ...(proxy.isSecure ? STRICT : {}),
    });
    let isConnected = false;
    request.once('socket', (socket) => socket.once('connect', () => (isConnected = true)));
    this.stage = request;
    return new Promise<net.Socket>((resolve, reject) => {
      request.once('connect', ({ statusCode = 0 }, socket: net.Socket, head) => {
        if (statusCode >= 200 && statusCode <= 299) {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
          return;
        }
        socket.destroy();
        reject(new ProxyFailure(statusCode >= 500 ? 'proxy_failed' : 'proxy_refused', 'ERR_PROXY_TUNNEL', statusCode));
      });
      request.once('error', (error) =>
        reject(asProxyFailure(error, isConnected ? 'proxy_failed' : 'proxy_unreachable')),
      );
      request.end();
    });
  }

  private opened(stage: Stage, socket: net.Socket, event: string): Promise<net.Socket> {
    this.stage = stage;
    return new Promise((resolve, reject) => {
      socket.once(event, () => resolve(socket));
      // Stays on the socket: the connection may break before a request takes it.
      socket.on('error', reject);
      socket.once('close', () => reject(Object.assign(new Error('connection closed'), { code: 'ECONNRESET' })));
    });
  }
}

function asProxyFailure(error: unknown, fault: ProxyFault): ProxyFailure {
  if (error instanceof ProxyFailure) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  return new ProxyFailure(fault, typeof code === 'string' ? code : 'ERR_PROXY_TUNNEL');
}
