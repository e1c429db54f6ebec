import type { Client, Submittable } from 'pg';
import { ConnectionEnded, TooLargeAnswer, type SqlConnection, type StatementLimits } from '../sql-database.js';
import { ReadQuery, type Messages } from './read-query.js';

/** The parts of the library's client that its types leave out. */
export interface ClientParts {
  readonly connection: Messages;
  readonly processID: number;
  readonly secretKey: number;
}

export type CancelRequest = (client: ClientParts, withinMs: number) => Promise<void>;

/** A session of PostgreSQL. */
export class PostgresConnection implements SqlConnection {
  private isEnded = false;
  private receivedBytes = 0;
  private isTooLarge = false;

  constructor(
    private readonly client: Client,
    private readonly limits: StatementLimits,
    private readonly requestCancel: CancelRequest,
    onClosed: () => void,
  ) {
    this.parts.connection.stream.on('data', (bytes: Buffer) => this.received(bytes.length));
    this.parts.connection.stream.once('close', () => {
      this.isEnded = true;
      onClosed();
    });
    client.on('error', () => this.destroy());
  }

  get isOpen(): boolean {
    return !this.isEnded;
  }

  async query(sql: string, values: readonly (string | null)[]): Promise<string> {
    if (this.isEnded) throw new ConnectionEnded();
    this.receivedBytes = 0;
    const query = new ReadQuery(sql, values, this.limits);
    this.client.query(query as unknown as Submittable);
    try {
      return await query.result;
    } catch (error) {
      const failure = await this.afterError(error);
      // No row can equal a value that is none of the type of its column.
      if (query.hasNoValueOfType && failure === error && this.isOpen) return '[]';
      throw failure;
    }
  }

  cancel(withinMs: number): Promise<void> {
    return this.requestCancel(this.parts, withinMs);
  }

  ping(): Promise<unknown> {
    return this.client.query('');
  }

  end(): void {
    this.isEnded = true;
    void this.client.end().catch(() => undefined);
    const { stream } = this.parts.connection;
    setTimeout(() => stream.destroy(), 1000).unref();
  }

  destroy(): void {
    this.isEnded = true;
    this.parts.connection.stream.destroy();
  }

  private get parts(): ClientParts {
    return this.client as unknown as ClientParts;
  }

  /** The transaction of a failed statement stays open until it is rolled back. */
  private async afterError(error: unknown): Promise<unknown> {
    if (this.isTooLarge) return new TooLargeAnswer();
    const isReported = typeof (error as { readonly severity?: unknown }).severity === 'string';
    if (this.isEnded) return isReported ? error : new ConnectionEnded();
    if (error instanceof TooLargeAnswer || !isReported) return error;
    await this.client.query('ROLLBACK').catch(() => this.destroy());
    return error;
  }

  private received(bytes: number): void {
    this.receivedBytes += bytes;
    if (this.receivedBytes <= this.limits.maxBytes || this.isEnded) return;
    this.isTooLarge = true;
    this.destroy();
  }
}
