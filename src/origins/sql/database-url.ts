import type { SqlSystemConfig } from '../../config/sections/systems/system-config.js';

const PORTS = { postgres: 5432, mysql: 3306 };

/** Where a database is, and who asks it. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The name that the certificate of the server must have. */
  readonly certifiedName: string;
}

export function databaseAddress({ type, url, tls }: Pick<SqlSystemConfig, 'type' | 'url' | 'tls'>): DatabaseAddress {
  const { hostname, port, username, password, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? PORTS[type] : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    certifiedName: tls?.serverName ?? host,
  };
}
