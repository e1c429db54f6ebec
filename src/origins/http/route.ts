import type http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { proxyFor, type ForwardProxies, type ForwardProxy } from '../../config/sections/forward-proxies.js';
import type { HttpSystemConfig } from '../../config/sections/systems/system-config.js';
import type { TlsConfig } from '../../config/sections/systems/tls-config.js';

/** A proxy that opens no connection is reported before the call times out. */
const CONNECT_SHARE = 0.8;
const MAX_CONNECT_MS = 10_000;

/**
 * Requires TLS 1.2 or later and valid certificates, even if an environment variable of Node allows
 * less.
 */
export const STRICT = { minVersion: 'TLSv1.2', rejectUnauthorized: true } as const;

/** How connections to one address are opened. */
export interface Route {
  /** Only scheme, host and port count. */
  readonly url: URL;
  readonly tls: tls.ConnectionOptions;
  /** `undefined` means a direct connection. */
  readonly proxy: ForwardProxy | undefined;
  /** The longest time in which a proxy may open a connection. */
  readonly connectMs: number;
}

export function isSecure({ url }: Route): boolean {
  return url.protocol === 'https:';
}

export function hostOf({ url }: Pick<Route, 'url'>): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

export function portOf({ url }: Pick<Route, 'url'>): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}

export type RoutedSystem = Pick<HttpSystemConfig, 'baseUrl' | 'timeoutMs' | 'tls'>;

/** The route of the calls of a system. */
export function systemRoute({ baseUrl, timeoutMs, tls: own }: RoutedSystem, proxies?: ForwardProxies): Route {
  const url = new URL(baseUrl);
  const { ca, serverName } = own ?? {};
  return {
    url,
    tls: {
      ...STRICT,
      servername: serverName ?? serverNameOf(url),
      ...clientCertificate(own),
      ...(ca === undefined ? {} : { ca }),
    },
    proxy: proxies === undefined ? undefined : proxyFor(proxies, url),
    connectMs: connectMs(timeoutMs),
  };
}

/**
 * The route to the login of a system. The login may be a public one or one of the operator, so both
 * kinds of authorities are trusted.
 */
export function loginRoute(
  address: string,
  { tls: own, auth }: { readonly tls?: TlsConfig | undefined; readonly auth: { readonly tokenTimeoutMs: number } },
  proxies?: ForwardProxies,
): Route {
  const url = new URL(address);
  const ca = own?.ca === undefined ? {} : { ca: [...tls.getCACertificates('default'), own.ca] };
  return {
    url,
    tls: { ...STRICT, servername: serverNameOf(url), ...clientCertificate(own), ...ca },
    proxy: proxies === undefined ? undefined : proxyFor(proxies, url),
    connectMs: connectMs(auth.tokenTimeoutMs),
  };
}

function connectMs(timeoutMs: number): number {
  return Math.min(MAX_CONNECT_MS, Math.ceil(timeoutMs * CONNECT_SHARE));
}

/** SNI has no addresses (RFC 6066, section 3). */
function serverNameOf(url: URL): string {
  const host = hostOf({ url });
  return net.isIP(host) === 0 ? host : '';
}

function clientCertificate({ cert, key, passphrase }: TlsConfig = {}): tls.ConnectionOptions {
  if (cert === undefined || key === undefined) return {};
  return { cert, key, ...(passphrase === undefined ? {} : { passphrase }) };
}

/** The part of axios' transport that sends a request. */
export interface Transport {
  request(options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest;
}

/**
 * Sends requests without TLS to a proxy in the form that a proxy expects (RFC 9112, section 3.2.2).
 * Does not change other requests.
 */
export function routed(route: Route, transport: Transport): Transport {
  const { proxy, url } = route;
  if (proxy === undefined || isSecure(route)) return transport;
  return {
    request: (options, onResponse) => {
      const path = `${url.origin}${options.path ?? '/'}`;
      const headers = { ...(options.headers as http.OutgoingHttpHeaders), ...proxyCredentials(proxy) };
      return transport.request({ ...options, path, headers }, onResponse);
    },
  };
}

export function proxyCredentials({ authorization }: ForwardProxy): http.OutgoingHttpHeaders {
  return authorization === undefined ? {} : { 'Proxy-Authorization': authorization };
}
