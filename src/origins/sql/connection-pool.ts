import type { Clock } from '../../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../../kernel/deadline.js';
import { timedOut } from './sql-failures.js';
import type { SqlConnection, SqlDatabase } from './sql-database.js';

export interface PoolOptions {
  readonly maxConnections: number;
  /** Connections that stay open while there is no call. */
  readonly warmConnections: number;
  readonly connectWithinMs: number;
  readonly pingWithinMs: number;
}

/** A connection for one call. */
export interface Acquired {
  readonly connection: SqlConnection;
  /** `true`: the connection was idle, and may have died since its last answer. */
  readonly wasIdle: boolean;
}

interface Waiter {
  readonly resolve: (connection: SqlConnection) => void;
  readonly reject: (error: unknown) => void;
}

interface IdleConnection {
  readonly connection: SqlConnection;
  /** When a call gave it back. */
  readonly sinceMs: number;
}

/**
 * Above `warmConnections`, a connection that no call has used for this long is closed. In
 * milliseconds.
 */
const SURPLUS_FOR_MS = 5 * 60_000;

/**
 * The connections to one database.
 *
 * Guarantees:
 * - At most `maxConnections` connections exist. This number includes connections that are opening,
 *   and connections whose end is not confirmed yet.
 * - A connection that ended while it was idle is never given to a call.
 * - `acquire` settles within its bound. A connection that opens later is kept for the next call.
 *
 * Does not guarantee: that an idle connection still reaches the database. `check` finds out.
 */
export class ConnectionPool {
  /** In the order of their last use. The connection at the end is used next. */
  private idle: IdleConnection[] = [];
  private readonly open = new Set<SqlConnection>();
  private opening = 0;
  private readonly waiters = new Set<Waiter>();
  private isClosed = false;

  constructor(
    private readonly database: SqlDatabase,
    private readonly clock: Clock,
    private readonly options: PoolOptions,
  ) {}

  /** Connections that are open or opening. */
  get size(): number {
    return this.open.size + this.opening;
  }

  /** @throws {OriginFailure} if there is no connection in time, or none can be opened */
  async acquire(withinMs: number): Promise<Acquired> {
    const idle = this.takeIdle();
    if (idle !== undefined) return { connection: idle, wasIdle: true };
    let waiter: Waiter | undefined;
    const waiting = new Promise<SqlConnection>((resolve, reject) => {
      waiter = { resolve, reject };
      this.waiters.add(waiter);
    });
    this.openForWaiters();
    const connection = await withTimeout(waiting, withinMs);
    if (connection !== TIMED_OUT) return { connection, wasIdle: false };
    if (waiter !== undefined) this.waiters.delete(waiter);
    throw timedOut();
  }

  /** Takes a connection back. A connection that is no longer open is dropped. */
  release(connection: SqlConnection): void {
    if (this.isClosed) connection.destroy();
    if (connection.isOpen && this.open.has(connection)) this.give(connection);
  }

  /**
   * Asks every idle connection for an answer, and closes the connections that give none. No call
   * gets a connection before its answer.
   */
  async checkIdle(): Promise<void> {
    const asked = this.idle;
    this.idle = [];
    const nowMs = this.clock.nowMs();
    await Promise.all(asked.map((idle, at) => this.check(idle, nowMs, asked.length - at)));
  }

  /**
   * Checks the idle connections, and opens connections up to the warm stock. Rejects if none can be
   * opened.
   */
  async keepWarm(): Promise<void> {
    await this.checkIdle();
    const missing = this.options.warmConnections - this.size;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.openOne()));
  }

  close(): void {
    this.isClosed = true;
    for (const { connection } of this.idle) connection.end();
    for (const { reject } of this.waiters) reject(timedOut());
    this.waiters.clear();
    for (const connection of this.open) if (!this.isIdle(connection)) connection.destroy();
    this.idle = [];
  }

  /** A connection that ended a moment ago may still be among the idle ones. */
  private takeIdle(): SqlConnection | undefined {
    for (let idle = this.idle.pop(); idle !== undefined; idle = this.idle.pop())
      if (idle.connection.isOpen) return idle.connection;
    return undefined;
  }

  /** @param rank the position among the idle connections, 1 for the one that was used last */
  private async check({ connection, sinceMs }: IdleConnection, nowMs: number, rank: number): Promise<void> {
    if (rank > this.options.warmConnections && nowMs - sinceMs > SURPLUS_FOR_MS) {
      connection.end();
      return;
    }
    const answer = await withTimeout(connection.ping(), this.options.pingWithinMs).catch(() => TIMED_OUT);
    if (answer === TIMED_OUT) connection.destroy();
    else if (this.isClosed) connection.end();
    else if (connection.isOpen) this.give(connection, sinceMs);
  }

  private give(connection: SqlConnection, sinceMs = this.clock.nowMs()): void {
    const [waiter] = this.waiters;
    if (waiter === undefined) {
      this.idle.push({ connection, sinceMs });
      return;
    }
    this.waiters.delete(waiter);
    waiter.resolve(connection);
  }

  private openForWaiters(): void {
    while (this.opening < this.waiters.size && this.size < this.options.maxConnections) {
      this.openOne().catch(() => undefined);
    }
  }

  /**
   * If a connection cannot be opened, one waiting call is rejected, even if a background job has
   * asked for the connection.
   */
  private failWaiter(failure: Error): void {
    const [waiter] = this.waiters;
    if (waiter === undefined) return;
    this.waiters.delete(waiter);
    waiter.reject(failure);
    this.openForWaiters();
  }

  private async openOne(): Promise<void> {
    this.opening += 1;
    let opened: SqlConnection | undefined;
    const onClosed = (): void => {
      if (opened !== undefined) this.forget(opened);
    };
    try {
      opened = await this.database.connect(this.options.connectWithinMs, onClosed);
    } catch (error) {
      this.opening -= 1;
      const failure = this.database.failureOf(error);
      this.failWaiter(failure);
      throw failure;
    }
    this.opening -= 1;
    if (this.isClosed) opened.destroy();
    if (!opened.isOpen) return;
    this.open.add(opened);
    this.give(opened);
  }

  private forget(connection: SqlConnection): void {
    this.open.delete(connection);
    this.idle = this.idle.filter((idle) => idle.connection !== connection);
    this.openForWaiters();
  }

  private isIdle(connection: SqlConnection): boolean {
    return this.idle.some((idle) => idle.connection === connection);
  }
}
