import { Worker } from 'node:worker_threads';
import type { UnusableAnswer } from '../../../../kernel/errors.js';
import { TIMED_OUT } from '../../../../kernel/deadline.js';
import { stallTolerantTimeout } from '../../../../kernel/stall-tolerant-timeout.js';
import type { Reading, ReadingPlan } from './answer-reader.ts';
import type { ReadingJob } from './reading.worker.ts';

/**
 * The heap of a thread, in MiB. Node ends a thread that exceeds it. `MAX_ITEMS` and
 * `MAX_TEXT_LENGTH` keep each allocation small enough for that.
 */
const HEAP_MIB = 256;

/** The same file as TypeScript in the tests and as JavaScript in the build. */
const ENTRY = new URL(`./reading.worker${import.meta.url.slice(-3)}`, import.meta.url);

/**
 * A thread that reads answers, one at a time.
 *
 * Guarantees: a reading settles within its time. If a reading takes longer, the thread is ended,
 * and `ended` resolves when the thread is gone.
 */
export class ReadingThread {
  /** Resolves to `false` if the thread did not start. */
  readonly ready: Promise<boolean>;
  readonly ended: Promise<void>;
  isUsable = true;
  private readonly worker: Worker;
  private settle: ((reading: Reading) => void) | undefined;

  constructor(
    plans: readonly ReadingPlan[],
    private readonly nowMs: () => number,
  ) {
    this.worker = new Worker(ENTRY, {
      workerData: plans,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
      execArgv: [],
      env: {},
      stdin: false,
    });
    // A thread does not keep the process alive.
    this.worker.unref();
    this.ready = new Promise((resolve) => {
      this.worker.once('message', () => resolve(true));
      this.worker.once('exit', () => resolve(false));
    });
    this.ended = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.worker.on('message', (message: Reading | 'ready') => message !== 'ready' && this.finish(message));
    this.worker.on('error', (error: Error & { readonly code?: unknown }) => this.fail(reasonOf(error)));
    this.worker.on('exit', () => this.fail('expression_timeout'));
  }

  /** @param boundMs when the thread is ended; the time of stalls of this process does not count */
  async read(job: ReadingJob, boundMs: number): Promise<Reading> {
    const reading = new Promise<Reading>((resolve) => (this.settle = resolve));
    this.worker.postMessage(job);
    const result = await stallTolerantTimeout(reading, boundMs, this.nowMs);
    if (result !== TIMED_OUT) return result;
    this.end();
    return { kind: 'failed', reason: 'expression_timeout' };
  }

  /** Ends the thread, whatever it does. Its reading fails. */
  end(): void {
    this.fail('expression_timeout');
    void this.worker.terminate();
  }

  private finish(reading: Reading): void {
    this.settle?.(reading);
    this.settle = undefined;
  }

  private fail(reason: UnusableAnswer): void {
    this.isUsable = false;
    this.finish({ kind: 'failed', reason });
  }
}

/** A thread fails for two reasons: its memory, or an error of this code. */
function reasonOf({ code }: { readonly code?: unknown }): UnusableAnswer {
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'expression_memory' : 'record_failed';
}
