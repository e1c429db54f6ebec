import pg from 'pg';
import type { TlsConfig } from '../../../config/sections/systems/tls-config.js';
import { TIMED_OUT, withTimeout } from '../../../kernel/deadline.js';
import type { OriginFailure } from '../../../kernel/errors.js';
import { boundedConnect } from '../bounded-connect.js';
import type { DatabaseAddress } from '../database-url.js';
import { DirectSocket } from '../direct-socket.js';
import type { SqlConnection, SqlDatabase, StatementLimits } from '../sql-database.js';
import {
  codeOf,
  LOGIN_REFUSED,
  OTHER,
  localFailure,
  QUERY_REFUSED,
  reportedFailure,
  STARTING,
  TIMED_OUT_THERE,
  TOO_MANY_CONNECTIONS,
  VALUE_REFUSED,
  type CodeMeaning,
} from '../sql-failures.js';
import { PostgresConnection, type ClientParts } from './postgres-connection.js';

/** Codes of PostgreSQL, appendix A: whole codes first, then classes. */
const MEANINGS: readonly (readonly [start: string, meaning: CodeMeaning])[] = [
  ['57014', TIMED_OUT_THERE],
  ['57P03', STARTING],
  ['57P', { fault: 'connection_lost' }],
  ['53300', TOO_MANY_CONNECTIONS],
  ['28', LOGIN_REFUSED],
  ['3D', LOGIN_REFUSED],
  ['22', VALUE_REFUSED],
  ['25006', QUERY_REFUSED],
  ['42', QUERY_REFUSED],
  ['08', { fault: 'connection_lost' }],
];
const CANCELLED = '57014';
const NO_RIGHT = '42501';

/** The user may log in, and may not connect to this database. */
class RefusedConnection extends Error {}

/** The library's own connection, for a cancel request. Its types leave it out. */
interface RawConnection {
  readonly stream: DirectSocket;
  connect(port: number, host: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
  on(event: 'connect' | 'sslconnect' | 'end' | 'error', listener: () => void): void;
}

export class PostgresDatabase implements SqlDatabase {
  private readonly ssl: Readonly<Record<string, unknown>> | false;

  constructor(
    private readonly address: DatabaseAddress,
    tls: TlsConfig | undefined,
    private readonly limits: StatementLimits,
  ) {
    const { ca, cert, key, passphrase } = tls ?? {};
    this.ssl = tls === undefined ? false : { ca, cert, key, passphrase, rejectUnauthorized: true };
  }

  statement(texts: readonly string[]): string {
    return texts.reduce((sql, text, at) => `${sql}$${at}${text}`);
  }

  async connect(withinMs: number, onClosed: () => void): Promise<SqlConnection> {
    const { host, port, user, password, database, certifiedName } = this.address;
    const socket = new DirectSocket(host);
    const client = new pg.Client({
      host: certifiedName,
      port,
      user,
      // Empty text would be replaced from the environment.
      password: () => password,
      database,
      ssl: this.ssl,
      stream: () => socket,
      keepAlive: true,
      application_name: 'datadip',
    });
    client.on('error', () => socket.destroy());
    await boundedConnect(client.connect(), withinMs, () => socket.destroy()).catch((error: unknown) => {
      throw codeOf(error) === NO_RIGHT ? new RefusedConnection() : error;
    });
    return new PostgresConnection(client, this.limits, (parts, ms) => this.requestCancel(parts, ms), onClosed);
  }

  failureOf(error: unknown): OriginFailure {
    if (error instanceof RefusedConnection) return reportedFailure(NO_RIGHT, LOGIN_REFUSED);
    const code = codeOf(error);
    const isReported = typeof (error as { readonly severity?: unknown } | undefined)?.severity === 'string';
    if (!isReported) return localFailure(withTlsCode(error));
    const [, meaning = OTHER] = MEANINGS.find(([start]) => code.startsWith(start)) ?? [];
    return reportedFailure(/^[0-9A-Z]{5}$/.test(code) ? code : 'XX000', meaning);
  }

  isCancelled(error: unknown): boolean {
    return codeOf(error) === CANCELLED;
  }

  /** The server closes the connection of a cancel request after it has sent the signal. */
  private async requestCancel({ processID, secretKey }: ClientParts, withinMs: number): Promise<void> {
    const socket = new DirectSocket(this.address.host);
    const { ssl } = this;
    const raw = new pg.Connection({ ssl, stream: socket } as object) as unknown as RawConnection;
    const closed = new Promise<void>((resolve) => {
      raw.on('connect', () => (ssl === false ? raw.cancel(processID, secretKey) : raw.requestSsl()));
      raw.on('sslconnect', () => raw.cancel(processID, secretKey));
      raw.on('end', resolve);
      raw.on('error', resolve);
    });
    raw.connect(this.address.port, this.address.certifiedName);
    if ((await withTimeout(closed, withinMs)) === TIMED_OUT) socket.destroy();
    else raw.stream.destroy();
  }
}

/** The library reports a server without TLS by a text only. */
function withTlsCode(error: unknown): unknown {
  const isRefusal = error instanceof Error && error.message.includes('SSL connection');
  return isRefusal ? Object.assign(new Error('no TLS'), { code: 'ERR_TLS_NOT_OFFERED' }) : error;
}
