import type { Duplex } from 'node:stream';
import { jsonRows } from '../json-rows.js';
import { TooLargeAnswer, type StatementLimits } from '../sql-database.js';
import { writerOf } from './postgres-values.js';

/** The messages of PostgreSQL's extended protocol, as the library sends them. */
export interface Messages {
  readonly stream: Duplex;
  parse(message: { readonly text: string; readonly name: string; readonly types: readonly number[] }): void;
  bind(message: { readonly values: readonly (string | null)[] }): void;
  describe(message: { readonly type: 'P'; readonly name: string }): void;
  execute(message: { readonly portal: string; readonly rows: number }): void;
  sync(): void;
}

interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/**
 * A statement in a read-only transaction, in one round trip: BEGIN, timeout, statement and COMMIT
 * are sent together. The server skips what follows an error.
 *
 * The statements have no names, so that PgBouncer may give each transaction another session.
 */
export class ReadQuery {
  readonly result: Promise<string>;
  private fields: RowDescription['fields'] = [];
  private readonly rows: (readonly (string | null)[])[] = [];
  private isCut = false;
  private resolve: (rows: string) => void = noop;
  private reject: (error: Error) => void = noop;

  constructor(
    private readonly sql: string,
    private readonly values: readonly (string | null)[],
    private readonly limits: StatementLimits,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(messages: Messages): null {
    messages.stream.cork();
    run(messages, 'BEGIN READ ONLY');
    run(messages, `SET LOCAL statement_timeout = ${Math.ceil(this.limits.timeoutMs)}`);
    messages.parse({ text: this.sql, name: '', types: [] });
    messages.bind({ values: this.values });
    messages.describe({ type: 'P', name: '' });
    messages.execute({ portal: '', rows: this.limits.maxRows + 1 });
    run(messages, 'COMMIT');
    messages.sync();
    messages.stream.uncork();
    return null;
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.fields = fields;
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.rows.push(fields);
  }

  /** The statement has more rows than were asked for. */
  handlePortalSuspended(): void {
    this.isCut = true;
  }

  handleCommandComplete(): void {
    // Each of the statements reports its end. `handleReadyForQuery` reports the end of all.
  }

  handleEmptyQuery(): void {
    // `handleReadyForQuery` reports the end of an empty statement, too.
  }

  handleReadyForQuery(): void {
    try {
      if (this.isCut) throw new TooLargeAnswer();
      const columns = this.fields.map(({ name, dataTypeID }) => ({ name, write: writerOf(dataTypeID) }));
      this.resolve(jsonRows(columns, this.rows));
    } catch (error) {
      this.reject(error as Error);
    }
  }

  handleError(error: Error): void {
    this.reject(error);
  }
}

function run(messages: Messages, text: string): void {
  messages.parse({ text, name: '', types: [] });
  messages.bind({ values: [] });
  messages.execute({ portal: '', rows: 0 });
}

function noop(): void {
  // Replaced by the promise.
}
