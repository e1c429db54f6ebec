import type { Logger } from 'pino';
import { withTimeout } from '../../../kernel/deadline.js';
import { declareLogFields } from '../../logging/log-fields.js';
import type { FinishedSpan } from '../span.js';
import type { Collector, ExportResult } from './collector.js';
import { exportRequest, type SpanResource } from './otlp-json.js';

declareLogFields({ code: 'text', status: 'number' });

/** The most spans that wait. About 300 bytes each, so 0.6 MB. */
const MAX_WAITING = 2048;
/** The most spans of one export. To build its text takes less than 1 ms. */
const MAX_BATCH = 128;
const EXPORT_EVERY_MS = 1000;
/** The wait after a failed export doubles up to the maximum, in milliseconds. */
const FIRST_BACKOFF_MS = 2000;
const MAX_BACKOFF_MS = 60_000;
/** How long a stop waits for the last spans, in milliseconds. */
const FLUSH_WITHIN_MS = 1000;

/** Spans by what became of them, since the start of the process. */
export interface SpanCounts {
  exported: number;
  /** The collector refused the export, or did not answer in time. */
  failed: number;
  /** The queue was full. */
  dropped: number;
}

/**
 * Exports finished spans in batches.
 *
 * Guarantees:
 * - `add` returns at once and never throws. A full queue drops the span.
 * - At most one export runs, and no export is repeated.
 * - A collector that fails is asked less and less often, at least once a minute.
 * - `close` takes at most `FLUSH_WITHIN_MS`.
 *
 * Does not guarantee: that a span arrives.
 */
export class SpanExporter {
  readonly counts: SpanCounts = { exported: 0, failed: 0, dropped: 0 };
  private waiting: FinishedSpan[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failures = 0;
  private isClosed = false;

  constructor(
    private readonly collector: Pick<Collector, 'send' | 'close'>,
    private readonly resource: SpanResource,
    private readonly log: Pick<Logger, 'info' | 'warn'>,
  ) {}

  add(span: FinishedSpan): void {
    if (this.isClosed || this.waiting.length >= MAX_WAITING) {
      this.counts.dropped += 1;
      return;
    }
    this.waiting.push(span);
    if (this.running !== undefined) return;
    if (this.waiting.length === MAX_BATCH && this.failures === 0) this.exportIn(0);
    else if (this.timer === undefined) this.exportIn(EXPORT_EVERY_MS);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await withTimeout(this.flush(), FLUSH_WITHIN_MS);
    this.counts.dropped += this.waiting.length;
    this.waiting = [];
    this.collector.close();
    await this.running;
  }

  private async flush(): Promise<void> {
    await this.running;
    while (this.waiting.length > 0 && this.failures === 0) await this.sendBatch();
  }

  private exportIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.export(), ms).unref();
  }

  private export(): void {
    this.timer = undefined;
    this.running = this.sendBatch().then(() => {
      this.running = undefined;
      if (!this.isClosed && (this.waiting.length > 0 || this.failures > 0)) this.exportIn(this.pauseMs());
    });
  }

  /** A full batch that waits leaves at once. */
  private pauseMs(): number {
    if (this.failures > 0) return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(this.failures - 1, 10));
    return this.waiting.length >= MAX_BATCH ? 0 : EXPORT_EVERY_MS;
  }

  private async sendBatch(): Promise<void> {
    const batch = this.waiting.splice(0, MAX_BATCH);
    if (batch.length === 0) return;
    const result = await this.collector.send(exportRequest(this.resource, batch));
    this.counts[result.kind === 'taken' ? 'exported' : 'failed'] += batch.length;
    this.note(result);
  }

  /** Logs a line when exports begin to fail, and a line when the collector takes spans again. */
  private note(result: ExportResult): void {
    if (result.kind === 'taken') {
      if (this.failures > 0) this.log.info('tracing: the collector takes spans again');
      this.failures = 0;
      return;
    }
    this.failures += 1;
    if (this.failures > 1) return;
    const why = result.kind === 'refused' ? { status: result.status } : { code: result.code };
    this.log.warn(why, 'tracing: the collector does not take spans; answers are not affected');
  }
}
