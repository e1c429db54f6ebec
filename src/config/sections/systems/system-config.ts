import type { OAuth2Auth } from './oauth2-config.js';
import type { TlsConfig } from './tls-config.js';

/**
 * `ReadonlyMap<string, SystemConfig>`: the declared systems of record and the tenants' own systems,
 * by name.
 */
export const SYSTEMS = Symbol('systems');

/** The name of a tenant's own system. No declared name has an `@`. */
export function ownSystemName(system: string, tenant: string): string {
  return `${system}@${tenant}`;
}

/** A system of record. */
export type SystemConfig = HttpSystemConfig | SqlSystemConfig;

interface AnySystemConfig {
  /** `crm`, or `crm@20002` for the own system of the tenant 20002. */
  readonly name: string;
  /** The tenant whose own system this is. `undefined` means a system that tenants share. */
  readonly tenant?: string | undefined;
  /**
   * The longest one attempt may take. In milliseconds, 1 to 60,000. Default 2,000. May exceed the
   * deadline: the caller is then answered at the deadline, and the late value is stored for the
   * next caller.
   */
  readonly timeoutMs: number;
  readonly limits: SystemLimits;
}

/** A system that is asked over HTTP. */
export interface HttpSystemConfig extends AnySystemConfig {
  /**
   * `http`, the default, is a system that is asked over HTTP. `postgres` and `mysql` are databases.
   * MariaDB is a `mysql`.
   */
  readonly type: 'http';
  /**
   * The address that the paths of lookups are appended to: `http://` or `https://`. Required,
   * except for a Genesys Cloud system, whose address the environment may give.
   */
  readonly baseUrl: string;
  /** The values that `baseUrl` took from the environment. No trial shows those in its path. */
  readonly environment: readonly string[];
  /** Default `{ type: none }`. */
  readonly auth: SystemAuth;
  /**
   * Headers that every call of the system sends, next to the credentials. At most 20. Never logged.
   * Default: none.
   */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Parameters that the query of every call has, after those of the lookup. At most 20. Never
   * logged. Default: none.
   */
  readonly query: Readonly<Record<string, string>>;
  /** Own authorities and the client certificate. Default: none. */
  readonly tls?: TlsConfig | undefined;
  /**
   * The charset of the answers, such as `windows-1252`, in place of the charset that they declare.
   * `undefined`, the default, means the declared charset, or UTF-8 if an answer declares none.
   */
  readonly charset?: string | undefined;
  /**
   * `true`, the default, sends the header `traceparent` with the calls of a traced request. `false`
   * sends none, for a gateway that refuses unknown headers.
   */
  readonly traceparent: boolean;
}

/** A database. */
export interface SqlSystemConfig extends AnySystemConfig {
  readonly type: 'postgres' | 'mysql';
  /** The user and the password are in `url`. */
  readonly auth: { readonly type: 'none' };
  /**
   * The address of the database: `postgres://user:password@host:port/database`, or `mysql://`.
   * Special characters in user and password are written as escapes, such as `%40` for `@`. Without
   * a port, the port is 5432 or 3306.
   */
  readonly url: string;
  /**
   * The most connections from this process, 1 to 500. To cancel a query, Datadip opens another
   * connection. Default: the largest `maxConcurrent` of the limits, or 10 if none is declared.
   */
  readonly poolSize: number;
  /**
   * `undefined`, the default, means a connection without TLS, which production permits to this
   * machine only. `{}` means TLS with the authorities that Node trusts.
   */
  readonly tls: TlsConfig | undefined;
  /**
   * `true` permits a connection without TLS to another machine in production. `false`, the default,
   * refuses it, because passwords and records would travel unencrypted.
   */
  readonly allowPlaintext: boolean;
}

export type SystemAuth =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'header'; readonly name: string; readonly value: string }
  | QueryAuth
  | TokenAuthConfig;

/** A key in the query of every call. Never logged. */
interface QueryAuth {
  readonly type: 'query';
  readonly name: string;
  readonly value: string;
}

/** Credentials that expire. Systems with the same client share the tokens of its login. */
export type TokenAuthConfig = PlatformAuth | OAuth2Auth;

/** A client of a platform. Systems with the same client also share its rate limits and pauses. */
export type PlatformAuth = GenesysAuth | CxoneAuth;

export interface GenesysAuth extends ClientOptions {
  readonly type: 'genesys';
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface CxoneAuth extends ClientOptions {
  readonly type: 'cxone';
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

interface ClientOptions {
  /**
   * The address that issues tokens. Datadip appends `/oauth/token` for Genesys Cloud and
   * `/authentication/v1/token/access-key` for CXone.
   */
  readonly loginUrl: string;
  /**
   * The longest one token request may take. In milliseconds, 10 to 10,000. Default 1,500. After a
   * login that hung, recovery takes up to this time.
   */
  readonly tokenTimeoutMs: number;
  /**
   * `true`: the process is not ready before the first token. `false`, the default: the process
   * waits up to 3 s for the token, and then serves the lookups of other systems.
   */
  readonly required: boolean;
  /**
   * `false`, the default, refuses a client that may write, because Datadip sends only reads.
   * `true` accepts it.
   */
  readonly allowWrite: boolean;
  /**
   * The permissions that count as the right to write. `*` matches any text. 1 to 100 patterns.
   * Default `*:add`, `*:edit`, `*:delete`, `*.write`.
   */
  readonly writePermissions: readonly string[];
}

/** The limits of the calls to one system. */
export interface SystemLimits {
  /**
   * Concurrent calls from this process, 1 to 10,000. Default 200. The default of a database is its
   * `poolSize`, which is also the most that it may be.
   */
  readonly maxConcurrent: number;
  /**
   * Calls per second from all processes of the region together, 1 to 1,000,000. `undefined`, the
   * default, means no limit.
   */
  readonly maxPerSecond: number | undefined;
  /**
   * Calls in any 60 s from all processes of the region together, 1 to 1,000,000. A fifth of these
   * calls may start at once. Default: no limit; 300 for a client of Genesys Cloud, which is the
   * limit of the platform.
   */
  readonly maxPerMinute: number | undefined;
  /**
   * `true` searches for the concurrency that the system can take, up to `maxConcurrent`, which is
   * then required. Default `false`: `maxConcurrent` is the limit.
   */
  readonly adaptive: boolean;
  /**
   * Background work is admitted only while less than this share of the concurrency is in use, and
   * gets this share of the rate. 0 to 0.5. 0 admits no background work. Default 0.5, the largest
   * value: a refresh must never take more than half of a system from the callers.
   */
  readonly backgroundShare: number;
  /**
   * The longest an ivr lookup waits for a permit. In milliseconds, 0 to 5,000. 0 means no wait.
   * Default 250: long enough for a running call to end, too short for a caller to notice.
   */
  readonly queueMs: number;
  /**
   * Other limits at certain times. If several windows are open, the last one counts. An empty list,
   * the default, means the same limits at all times.
   */
  readonly schedule: readonly LimitWindow[];
}

export interface LimitWindow {
  /** The moments when the window begins, in the time zone of the process. */
  readonly cron: string;
  /** How long the window lasts. In milliseconds, 1,000 to 604,800,000 (a week). */
  readonly forMs: number;
  /** `undefined` means the limit of the system. */
  readonly maxConcurrent: number | undefined;
  /** `undefined` means the limit of the system. */
  readonly maxPerSecond: number | undefined;
}
