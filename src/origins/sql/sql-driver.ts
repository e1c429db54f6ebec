import type { SqlSystemConfig } from '../../config/sections/systems/system-config.js';
import type { Clock } from '../../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../../kernel/deadline.js';
import { OriginFailure } from '../../kernel/errors.js';
import type { Credentials } from '../auth/auth-strategy.js';
import { CallTracker } from '../call-tracker.js';
import type { OriginCall, OriginDriver } from '../origin-driver.js';
import type { OriginMetrics } from '../origin.metrics.js';
import type { OriginAnswer, OriginRequest } from '../origin.js';
import { ConnectionPool } from './connection-pool.js';
import { loadDatabase } from './load-database.js';
import type { SqlConnection, SqlDatabase } from './sql-database.js';
import { timedOut, unusable } from './sql-failures.js';
import type { SqlRequest } from './sql-request.js';

/** Connections that are open before the service reports ready, and that stay open. */
const WARM_CONNECTIONS = 4;
const CONNECT_WITHIN_MS = 3000;
const PING_WITHIN_MS = 1000;
/**
 * How long a cancelled statement may take to end, before its connection is destroyed. If the
 * cancellation has no effect, the database usually ends the statement before that. The timeout of
 * the database is `timeoutMs` plus 500 ms, from the start of the statement.
 */
const CANCEL_WITHIN_MS = 1000;

interface OpenDatabase {
  readonly database: SqlDatabase;
  readonly pool: ConnectionPool;
}

/**
 * Asks one database.
 *
 * Guarantees:
 * - A call is one statement in a read-only transaction. Values are bound parameters.
 * - A statement that outlives the timeout is cancelled in the database. The call ends when the
 *   database has ended the statement, or when its connection is destroyed, 1 s later at most.
 * - A connection goes back to the pool only if its state is known.
 * - The library is loaded when the first system of its type opens a connection.
 *
 * Does not guarantee: that a statement ends in a database that hangs. When the database goes on, it
 * ends the statement by its own timeout.
 *
 * Race it prevents:
 * 1. The database closes all idle connections.
 * 2. A call takes one of them before the process sees its end, fails, and is repeated.
 * 3. The repeat would take another dead connection. So the driver asks all idle connections for an
 *    answer before another call gets one.
 */
export class SqlDriver implements OriginDriver {
  private readonly calls: CallTracker;
  private opened: Promise<OpenDatabase> | undefined;
  private readonly statements = new WeakMap<readonly string[], string>();
  private isClosed = false;

  constructor(
    private readonly system: SqlSystemConfig,
    private readonly clock: Clock,
    metrics: OriginMetrics,
  ) {
    this.calls = new CallTracker(system.name, clock, metrics);
  }

  begin(request: OriginRequest, _credentials: Credentials, timeoutMs: number): OriginCall<OriginAnswer> {
    if (request.kind !== 'sql') throw new TypeError(`a request of kind ${request.kind} for the database of a system`);
    const exchange = {
      send: (signal: AbortSignal) => this.send(request, timeoutMs, signal),
      parse: (rows: string) => parse(rows, request),
      toFailure: (error: unknown) =>
        error instanceof OriginFailure ? error : new OriginFailure('origin_error', 'the call of the database failed'),
    };
    return this.calls.begin(exchange, timeoutMs);
  }

  async keepWarm(): Promise<void> {
    const { pool } = await this.open();
    await pool.keepWarm();
  }

  async dial(): Promise<void> {
    const { database } = await this.open();
    const connection = await database.connect(CONNECT_WITHIN_MS, () => undefined);
    connection.end();
  }

  close(): void {
    this.isClosed = true;
    void this.opened?.then(
      ({ pool }) => pool.close(),
      () => undefined,
    );
  }

  private open(): Promise<OpenDatabase> {
    this.opened ??= loadDatabase(this.system).then((database) => {
      const { poolSize } = this.system;
      const pool = new ConnectionPool(database, this.clock, {
        maxConnections: poolSize,
        warmConnections: Math.min(poolSize, WARM_CONNECTIONS),
        connectWithinMs: CONNECT_WITHIN_MS,
        pingWithinMs: PING_WITHIN_MS,
      });
      if (this.isClosed) pool.close();
      return { database, pool };
    });
    return this.opened;
  }

  /** Settles when the database has finished with the statement, or the connection is destroyed. */
  private async send(request: SqlRequest, timeoutMs: number, signal: AbortSignal): Promise<string> {
    const startedAtMs = this.clock.nowMs();
    const leftMs = (): number => Math.max(0, timeoutMs - (this.clock.nowMs() - startedAtMs));
    const { database, pool } = await this.open();
    const { connection, wasIdle } = await pool.acquire(leftMs());
    const abandon = (): void => connection.destroy();
    signal.addEventListener('abort', abandon);
    try {
      return await this.run(database, connection, request, leftMs());
    } catch (error) {
      if (!wasIdle || !isLost(error)) throw error;
      // The database may have closed the other idle connections too.
      void pool.checkIdle();
      throw neverArrived(error);
    } finally {
      signal.removeEventListener('abort', abandon);
      pool.release(connection);
    }
  }

  private async run(
    database: SqlDatabase,
    connection: SqlConnection,
    request: SqlRequest,
    timeoutMs: number,
  ): Promise<string> {
    const running = connection.query(this.statement(database, request.texts), request.values);
    try {
      const rows = await withTimeout(running, timeoutMs);
      if (rows !== TIMED_OUT) return rows;
    } catch (error) {
      throw database.failureOf(error);
    }
    await endLate(database, connection, running);
    throw timedOut();
  }

  private statement(database: SqlDatabase, texts: readonly string[]): string {
    const known = this.statements.get(texts);
    if (known !== undefined) return known;
    const statement = database.statement(texts);
    this.statements.set(texts, statement);
    return statement;
  }
}

/**
 * Cancels a statement, and waits for its end. If the statement ended in another way, the
 * cancellation may still arrive, and would end the next statement. So the connection is destroyed.
 */
async function endLate(database: SqlDatabase, connection: SqlConnection, running: Promise<string>): Promise<void> {
  const ended = running.then(
    () => false,
    (error: unknown) => database.isCancelled(error),
  );
  const cancelled = connection.cancel(CANCEL_WITHIN_MS).then(() => ended);
  if ((await withTimeout(cancelled, CANCEL_WITHIN_MS)) !== true) connection.destroy();
}

function isLost(error: unknown): error is OriginFailure {
  return error instanceof OriginFailure && error.details.fault === 'connection_lost';
}

/** The database closed the connection while it was idle: the statement did not begin. */
function neverArrived({ code, message, details }: OriginFailure): OriginFailure {
  return new OriginFailure(code, message, { ...details, neverArrived: true });
}

async function parse(rows: string, { interpret }: SqlRequest): Promise<OriginAnswer> {
  if (interpret === undefined) return { body: JSON.parse(rows) as unknown };
  const read = await interpret({ status: 200, headers: { 'content-type': 'application/json' }, text: rows });
  if (read.kind === 'failed') throw unusable(read.reason === 'status' ? 'other' : read.reason);
  return { body: read.kind === 'not-found' ? undefined : read.value };
}
