import mysql from 'mysql2';
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
  TIMED_OUT_THERE,
  TOO_MANY_CONNECTIONS,
  VALUE_REFUSED,
  type CodeMeaning,
} from '../sql-failures.js';
import { isReport, MysqlConnection, type OwnConnection } from './mysql-connection.js';

/** By the number of the error. Numbers above 1900 mean different things in MariaDB and MySQL. */
const MEANINGS: ReadonlyMap<number, CodeMeaning> = new Map([
  ...[1044, 1045, 1049, 1251, 1698, 1862].map((code) => [code, LOGIN_REFUSED] as const),
  ...[1040, 1203, 1226].map((code) => [code, TOO_MANY_CONNECTIONS] as const),
  ...[1317, 1969, 3024, 1028].map((code) => [code, TIMED_OUT_THERE] as const),
  [1053, { fault: 'connection_lost' }],
  [1927, { fault: 'connection_lost' }],
  [1792, QUERY_REFUSED],
  [1264, VALUE_REFUSED],
  [1292, VALUE_REFUSED],
]);
/** ER_QUERY_INTERRUPTED, and the timeouts of MariaDB and MySQL. */
const CANCELLED: ReadonlySet<unknown> = new Set([1317, 1969, 3024]);

/** Of an error that the server reported. */
interface Report {
  readonly errno: number;
  readonly sqlState: string;
}

export class MysqlDatabase implements SqlDatabase {
  private killing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly address: DatabaseAddress,
    private readonly tls: TlsConfig | undefined,
    private readonly limits: StatementLimits,
  ) {}

  statement(texts: readonly string[]): string {
    return texts.join('?');
  }

  async connect(withinMs: number, onClosed: () => void): Promise<SqlConnection> {
    const raw = this.createConnection();
    await boundedConnect(this.logIn(raw), withinMs, () => destroy(raw));
    return new MysqlConnection(raw, this.limits, (thread, ms) => this.killQuery(thread, ms), onClosed);
  }

  failureOf(error: unknown): OriginFailure {
    if (!isReport(error)) return localFailure(withTlsCode(error));
    const { errno, sqlState } = error as Report;
    const code = codeOf(error);
    return reportedFailure(/^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : `ER_${errno}`, meaningOf(errno, sqlState));
  }

  isCancelled(error: unknown): boolean {
    return CANCELLED.has((error as Partial<Report>).errno);
  }

  private createConnection(): OwnConnection {
    const { host, port, user, password, database, certifiedName } = this.address;
    const socket = new DirectSocket(host).connectTo(port);
    // If the host is an address, the library makes TLS check the certificate for `localhost`. TLS
    // prefers the name that the socket has.
    Object.assign(socket, { _host: certifiedName });
    const { ca, cert, key, passphrase } = this.tls ?? {};
    const ssl = { ca, cert, key, passphrase, rejectUnauthorized: true, verifyIdentity: true };
    const raw = mysql.createConnection({
      host: certifiedName,
      port,
      user,
      password,
      database,
      stream: socket,
      ...(this.tls === undefined ? {} : { ssl: ssl as mysql.SslOptions }),
      charset: 'utf8mb4',
      connectTimeout: 60_000,
      flags: ['-LOCAL_FILES'],
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      jsonStrings: true,
    }) as OwnConnection;
    raw.on('error', () => destroy(raw));
    return raw;
  }

  private async logIn(raw: OwnConnection): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      raw.stream.once('close', () => reject(Object.assign(new Error('connection closed'), { code: 'ECONNRESET' })));
      raw.connect((error) => (error === null ? resolve() : reject(error)));
    });
    const { timeoutMs, maxRows } = this.limits;
    const [{ version = '' } = {}] = await run(raw, 'SELECT VERSION() AS version');
    const timeout = /mariadb/i.test(version)
      ? `max_statement_time = ${timeoutMs / 1000}`
      : `max_execution_time = ${Math.ceil(timeoutMs)}`;
    await run(raw, `SET SESSION autocommit = 1, sql_select_limit = ${maxRows + 1}, ${timeout}`);
    await run(raw, 'SET SESSION TRANSACTION READ ONLY');
  }

  /** Many statements time out at the same time, so statements are killed one after another. */
  private killQuery(threadId: number, withinMs: number): Promise<void> {
    const killed = this.killing.then(() => this.killNow(threadId, withinMs));
    this.killing = killed;
    return killed;
  }

  private async killNow(threadId: number, withinMs: number): Promise<void> {
    const raw = this.createConnection();
    const done = new Promise<void>((resolve) => {
      raw.stream.once('close', () => resolve());
      raw.connect((error) => (error === null ? undefined : resolve()));
      raw.query(`KILL QUERY ${Math.trunc(threadId)}`, () => resolve());
    });
    if ((await withTimeout(done, withinMs)) === TIMED_OUT) destroy(raw);
    else raw.end(() => destroy(raw));
  }
}

function meaningOf(errno: number, sqlState: string): CodeMeaning {
  const known = MEANINGS.get(errno);
  if (known !== undefined) return known;
  if (sqlState.startsWith('28')) return LOGIN_REFUSED;
  if (sqlState.startsWith('42')) return QUERY_REFUSED;
  return sqlState.startsWith('22') ? VALUE_REFUSED : OTHER;
}

function run(raw: OwnConnection, sql: string): Promise<readonly { readonly version?: string }[]> {
  return new Promise((resolve, reject) => {
    raw.query(sql, (error, rows) => {
      if (error === null) resolve(Array.isArray(rows) ? (rows as { version?: string }[]) : []);
      else reject(error);
    });
  });
}

function destroy(raw: OwnConnection): void {
  raw.destroy();
  raw.stream.destroy();
}

/** The library has its own codes for TLS. */
function withTlsCode(error: unknown): unknown {
  return /^HANDSHAKE_(NO_)?SSL/.test(codeOf(error))
    ? Object.assign(new Error('no TLS'), { code: 'ERR_TLS_HANDSHAKE' })
    : error;
}
