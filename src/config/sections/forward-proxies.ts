import net from 'node:net';
import type { VariableDoc, Variables } from '../environment/variables.js';
import { isLoopback } from '../security-warnings.js';

/** `ForwardProxies` */
export const FORWARD_PROXIES = Symbol('forward proxies');

/** A proxy that opens connections for Datadip. */
export interface ForwardProxy {
  readonly host: string;
  readonly port: number;
  /** `true`: the connection to the proxy itself uses TLS (`https://` in the variable). */
  readonly isSecure: boolean;
  /** The value of `Proxy-Authorization`. `undefined` means that the address names no user. */
  readonly authorization: string | undefined;
}

/** How systems of record and logins are reached. Redis, Kafka and regions are reached directly. */
export interface ForwardProxies {
  /** For `https://` addresses. `undefined` means direct connections. */
  readonly https: ForwardProxy | undefined;
  /** For `http://` addresses. `undefined` means direct connections. */
  readonly http: ForwardProxy | undefined;
  /** The addresses that are reached directly. */
  readonly exceptions: readonly string[];
}

export const PROXY_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'HTTPS_PROXY',
    meaning:
      'The forward proxy for systems of record and logins with https:// addresses, such as http://proxy:3128 or http://user:password@proxy:3128. Datadip opens a tunnel with CONNECT. If the variable is empty, connections are direct. Addresses of this machine are always reached directly. As with curl, https_proxy in small letters counts if this variable is not set.',
    default: '',
    isSecret: true,
    alias: 'https_proxy',
  },
  {
    name: 'HTTP_PROXY',
    meaning:
      'The forward proxy for systems of record and logins with http:// addresses. http_proxy in small letters counts if this variable is not set.',
    default: '',
    isSecret: true,
    alias: 'http_proxy',
  },
  {
    name: 'NO_PROXY',
    meaning:
      'The addresses that are reached without a proxy, separated by commas. A host name (example.com) means this name and all names below it. IP addresses and ranges (10.0.0.0/8) are allowed, and * means all addresses. With a port (example.com:8443), only this port is meant. Names are compared as written, and not resolved. no_proxy in small letters counts if this variable is not set.',
    default: '',
    isSecret: false,
    alias: 'no_proxy',
  },
];

const MAX_PREFIX = { 4: 32, 6: 128 } as const;
const DEFAULT_PORT = { 'http:': 80, 'https:': 443 } as const;
const NOT_A_PROXY = 'must be http:// or https:// and a host, such as http://proxy:3128; SOCKS is not supported';

export function readForwardProxies(variables: Variables): ForwardProxies {
  const exceptions = variables
    .list('NO_PROXY')
    .flatMap((part) => part.split(/\s+/))
    .filter((part) => part !== '')
    .map((part) => part.toLowerCase());
  const wrong = exceptions.findIndex((part) => part !== '*' && exceptionOf(part) === undefined);
  if (wrong >= 0)
    variables.refuse(
      'NO_PROXY',
      `must be host names, addresses, ranges or *, separated by commas (part ${wrong + 1} of ${exceptions.length} is not)`,
    );
  return { https: readProxy('HTTPS_PROXY', variables), http: readProxy('HTTP_PROXY', variables), exceptions };
}

/** The proxy for an address. `undefined` means a direct connection. */
export function proxyFor(proxies: ForwardProxies, url: URL): ForwardProxy | undefined {
  const proxy = url.protocol === 'https:' ? proxies.https : proxies.http;
  if (proxy === undefined || isLoopback(url.hostname) || isException(proxies.exceptions, url)) return undefined;
  return proxy;
}

function readProxy(name: string, variables: Variables): ForwardProxy | undefined {
  const text = variables.text(name);
  if (text === undefined) return undefined;
  const proxy = parseProxy(text);
  if (typeof proxy !== 'string') return proxy;
  variables.refuse(name, proxy);
  return undefined;
}

/** @returns the complaint if the text is no address of a proxy */
function parseProxy(text: string): ForwardProxy | string {
  const url = URL.parse(text);
  const isProxy = url !== null && /^https?:\/\/[^/]/i.test(text) && !/[\s\\]/.test(text);
  if (!isProxy || url.pathname !== '/' || url.search !== '' || url.hash !== '') return NOT_A_PROXY;
  const credentials = decoded(url);
  if (credentials === undefined) return 'must not have a % in user or password that is not an escape: write %25 for %';
  const isSecure = url.protocol === 'https:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || DEFAULT_PORT[isSecure ? 'https:' : 'http:'],
    isSecure,
    authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

function decoded({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

function isException(exceptions: readonly string[], url: URL): boolean {
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return exceptions.some((text) => {
    if (text === '*') return true;
    const exception = exceptionOf(text);
    return exception !== undefined && (exception.port ?? port) === port && exception.matches(host);
  });
}

interface Exception {
  /** `undefined` means every port. */
  readonly port: string | undefined;
  readonly matches: (host: string) => boolean;
}

/** Reads one part of `NO_PROXY`. */
function exceptionOf(text: string): Exception | undefined {
  if (net.isIP(text) !== 0) return { port: undefined, matches: range(text, undefined) };
  const [, bracketed, plain = '', prefix, port] = PART.exec(text) ?? [];
  const host = bracketed ?? plain;
  const family = net.isIP(host);
  if (family !== 0) {
    const bits = prefix === undefined ? undefined : Number(prefix);
    return bits !== undefined && bits > MAX_PREFIX[family as 4 | 6] ? undefined : { port, matches: range(host, bits) };
  }
  const name = host.replace(/^\*?\./, '').replace(/\.$/, '');
  if (prefix !== undefined || !NAME.test(name)) return undefined;
  return { port, matches: (asked) => asked === name || asked.endsWith(`.${name}`) };
}

/** An address in brackets or a host, then the length of a range, then a port. */
const PART = /^(?:\[([^\]]+)\]|([^:/]+|[0-9a-f:.]*:[0-9a-f:.]*(?=\/)))(?:\/(\d{1,3}))?(?::(\d{1,5}))?$/;
const NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

function range(address: string, prefix: number | undefined): (host: string) => boolean {
  const family = net.isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const list = new net.BlockList();
  if (prefix === undefined) list.addAddress(address, family);
  else list.addSubnet(address, prefix, family);
  return (host) => net.isIP(host) !== 0 && list.check(host, net.isIP(host) === 4 ? 'ipv4' : 'ipv6');
}
