import type { OriginFailure } from '../../kernel/errors.js';

/** The limits of a statement. `timeoutMs` also holds in the database, if the process has gone. */
export interface StatementLimits {
  /** The time after which the database ends the statement, in milliseconds. */
  readonly timeoutMs: number;
  /** A connection that receives more for one statement is destroyed. */
  readonly maxBytes: number;
  readonly maxRows: number;
}

/**
 * A connection that runs one statement at a time.
 *
 * Does not guarantee: that a method settles. `SqlDriver` bounds every wait, and destroys the
 * connection where a wait is over.
 */
export interface SqlConnection {
  /** `false` if the connection has ended, or its state is unknown. */
  readonly isOpen: boolean;
  /**
   * Runs a statement in a read-only transaction. Resolves to its rows as a JSON list of objects.
   * Rejects with an error that `SqlDatabase.failureOf` understands, when the connection is ready
   * for another statement or has ended.
   */
  query(sql: string, values: readonly (string | null)[]): Promise<string>;
  /**
   * Asks the database to end the running statement, on another connection. Resolves when the
   * database has taken the request, and when it cannot be reached.
   */
  cancel(withinMs: number): Promise<void>;
  /** Asks the database for an answer. */
  ping(): Promise<unknown>;
  /** Tells the database that the connection ends. */
  end(): void;
  /** Closes the socket. A running statement rejects, and may go on in the database. */
  destroy(): void;
}

/** A kind of database: what differs between PostgreSQL and MySQL. */
export interface SqlDatabase {
  /** Writes the parameters of a statement between its texts. */
  statement(texts: readonly string[]): string;
  /**
   * Opens a connection and logs in.
   *
   * @param onClosed called once when the connection has ended, for whatever reason
   */
  connect(withinMs: number, onClosed: () => void): Promise<SqlConnection>;
  /** Describes an error without values, names of users and addresses. */
  failureOf(error: unknown): OriginFailure;
  /** Whether the error says that the database ended the statement, because it was cancelled. */
  isCancelled(error: unknown): boolean;
}

/** The statement has more rows or bytes than one answer may have. */
export class TooLargeAnswer extends Error {}

/** Two columns of the answer have one name, and a row would lose one of the two values. */
export class RepeatedColumn extends Error {}

/** The connection ended before the answer. */
export class ConnectionEnded extends Error {}
