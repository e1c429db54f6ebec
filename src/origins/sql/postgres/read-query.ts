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
  on(event: 'bindComplete', listener: () => void): void;
  off(event: 'bindComplete', listener: () => void): void;
}

/** BEGIN and the timeout, which are bound before the statement. */
const BOUND_BEFORE = 2;
/**
 * The codes of PostgreSQL for text that is no value of a type, such as `17abc` for an integer.
 * Values are read when they are bound. A later error of this kind comes from the data.
 */
const NO_VALUE_OF_TYPE: ReadonlySet<unknown> = new Set(['22P02', '22003', '22007', '22008']);

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
  private bound = 0;
  private isUnbindable = false;
  private stopCounting: () => void = noop;
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

  /** Whether a value of the caller is none of the type that it is compared with. */
  get hasNoValueOfType(): boolean {
    return this.isUnbindable;
  }

  submit(messages: Messages): null {
    const count = (): void => void (this.bound += 1);
    messages.on('bindComplete', count);
    this.stopCounting = () => messages.off('bindComplete', count);
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
    this.stopCounting();
    try {
      if (this.isCut) throw new TooLargeAnswer();
      const columns = this.fields.map(({ name, dataTypeID }) => ({ name, write: writerOf(dataTypeID) }));
      this.resolve(jsonRows(columns, this.rows));
    } catch (error) {
      this.reject(error as Error);
    }
  }

  handleError(error: Error): void {
    this.stopCounting();
    const { code } = error as { readonly code?: unknown };
    this.isUnbindable = this.bound === BOUND_BEFORE && NO_VALUE_OF_TYPE.has(code);
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
