import type { Connection, FieldPacket } from 'mysql2';
import type { Socket } from 'node:net';
import { jsonRows } from '../json-rows.js';
import { ConnectionEnded, TooLargeAnswer, type SqlConnection, type StatementLimits } from '../sql-database.js';
import { writerOf, type MysqlValue } from './mysql-values.js';

/** Ends the statement of the connection with this number. */
export type KillQuery = (threadId: number, withinMs: number) => Promise<void>;

/** The library's types leave its socket out. */
export type OwnConnection = Connection & { readonly stream: Socket };

type Row = readonly (MysqlValue | null)[];

/** A session of MySQL or MariaDB, whose transactions are read-only. */
export class MysqlConnection implements SqlConnection {
  private isEnded = false;
  private receivedBytes = 0;
  private isTooLarge = false;

  constructor(
    private readonly raw: OwnConnection,
    private readonly limits: StatementLimits,
    private readonly killQuery: KillQuery,
    onClosed: () => void,
  ) {
    raw.stream.on('data', (bytes: Buffer) => this.received(bytes.length));
    raw.stream.once('close', () => {
      this.isEnded = true;
      onClosed();
    });
    raw.on('error', () => this.destroy());
  }

  get isOpen(): boolean {
    return !this.isEnded;
  }

  /** A prepared statement: the values never become a part of the text. */
  async query(sql: string, values: readonly (string | null)[]): Promise<string> {
    if (this.isEnded) throw new ConnectionEnded();
    this.receivedBytes = 0;
    try {
      const [rows, fields] = await this.execute(sql, values);
      if (rows.length > this.limits.maxRows) throw new TooLargeAnswer();
      return jsonRows(
        fields.map((field) => ({ name: field.name, write: writerOf(field) })),
        rows,
      );
    } catch (error) {
      if (this.isTooLarge) throw new TooLargeAnswer();
      throw this.isOpen || isReport(error) ? error : new ConnectionEnded();
    }
  }

  cancel(withinMs: number): Promise<void> {
    return this.killQuery(this.raw.threadId, withinMs);
  }

  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.raw.ping((error) => (error === null ? resolve() : reject(error)));
    });
  }

  end(): void {
    this.isEnded = true;
    this.raw.end(() => undefined);
    setTimeout(() => this.raw.destroy(), 1000).unref();
  }

  destroy(): void {
    this.isEnded = true;
    this.raw.destroy();
    this.raw.stream.destroy();
  }

  private execute(sql: string, values: readonly (string | null)[]): Promise<readonly [readonly Row[], FieldPacket[]]> {
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new ConnectionEnded());
      this.raw.stream.once('close', onClose);
      this.raw.execute({ sql, values: [...values], rowsAsArray: true }, (error, rows, fields) => {
        this.raw.stream.off('close', onClose);
        if (error === null) resolve([rows as unknown as readonly Row[], fields]);
        else reject(error);
      });
    });
  }

  private received(bytes: number): void {
    this.receivedBytes += bytes;
    if (this.receivedBytes <= this.limits.maxBytes || this.isEnded) return;
    this.isTooLarge = true;
    this.destroy();
  }
}

/** Whether the server sent the error. */
export function isReport(error: unknown): boolean {
  return typeof (error as { readonly sqlState?: unknown } | undefined)?.sqlState === 'string';
}
