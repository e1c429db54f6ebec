import type { Clock } from '../../../../kernel/clock.js';
import type { Reading, ReadingPlan } from './answer-reader.ts';
import { ReadingThread } from './reading-thread.js';
import type { Inspection } from './answer-inspector.ts';
import type { Inspected, ReadingJob } from './reading.worker.ts';
import { TurnQueue } from './turn-queue.js';

/** While one lookup uses the whole time of a thread, other lookups use the second thread. */
const MAX_THREADS = 2;
/** The answers of one lookup that wait for a thread. */
const MAX_WAITING = 64;
/** The longest an answer waits for a thread, in milliseconds. */
const MAX_WAIT_MS = 2000;
/** The longest that the description of an answer may take, in milliseconds. */
const INSPECTION_MS = 1000;
/** The time until the next start after a thread that did not start, in milliseconds. */
const RESTART_AFTER_MS = 1000;

/** The time that the expressions of one record have left. A record and its successor share it. */
export interface ReadingBudget {
  leftMs: number;
}

interface WaitingJob {
  readonly lookup: string;
  readonly run: (thread: ReadingThread) => Promise<void>;
}

const BUSY: Reading = { kind: 'failed', reason: 'expression_busy' };

/**
 * The threads in which answers are read whose expressions have no known bound.
 *
 * Guarantees:
 * - A reading settles within `MAX_WAIT_MS` plus the time that its budget has left.
 * - A thread that is ended is replaced when a job needs it. At most `MAX_THREADS` exist, the ending
 *   ones included.
 * - A lookup never uses both threads, because a lookup runs one reading at a time.
 *
 * Does not guarantee: that a reading is not refused. If a lookup needs more time than one thread
 * has, its readings fail with `expression_busy`.
 */
export class ReadingThreads {
  private readonly threads = new Set<ReadingThread>();
  private readonly idle: ReadingThread[] = [];
  private readonly running = new Set<string>();
  private readonly waiting = new TurnQueue<WaitingJob>(MAX_WAITING);
  private mayStartAtMs = -Infinity;
  private isStarting = false;
  private isClosed = false;

  constructor(
    private readonly plans: readonly ReadingPlan[],
    private readonly clock: Clock,
  ) {}

  /** Threads that exist, the ending ones included. */
  get size(): number {
    return this.threads.size;
  }

  /** Starts a thread ahead of the first job. Resolves when the thread is ready. */
  async warmUp(): Promise<void> {
    this.start();
    await Promise.all([...this.threads].map(({ ready }) => ready));
  }

  read(job: ReadingJob, budget: ReadingBudget): Promise<Reading> {
    return new Promise((resolve) => {
      const { lookup } = this.plans[job.plan] ?? { lookup: '' };
      const run = async (thread: ReadingThread): Promise<void> => {
        clearTimeout(tooLate);
        resolve(await this.spend(thread, job, budget));
      };
      const waiting: WaitingJob = { lookup, run };
      const tooLate = setTimeout(() => {
        this.waiting.remove(lookup, waiting);
        resolve(BUSY);
      }, MAX_WAIT_MS);
      if (!this.isClosed && this.waiting.add(lookup, waiting)) {
        this.next();
        return;
      }
      clearTimeout(tooLate);
      resolve(BUSY);
    });
  }

  /** Describes an answer. `undefined` means that the description takes too long. */
  async inspect(job: ReadingJob & Required<Pick<ReadingJob, 'inspects'>>): Promise<Inspection | undefined> {
    // The thread replies to such a job with its own kind of result.
    const result = (await this.read(job, { leftMs: INSPECTION_MS })) as Reading | Inspected;
    return result.kind === 'inspected' ? result.inspection : undefined;
  }

  /** Ends all threads. The readings of these threads fail. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const thread of this.threads) thread.end();
    await Promise.all([...this.threads].map(({ ended }) => ended));
  }

  private async spend(thread: ReadingThread, job: ReadingJob, budget: ReadingBudget): Promise<Reading> {
    const startedAtMs = this.clock.nowMs();
    const reading = await thread.read(job, Math.max(1, budget.leftMs));
    budget.leftMs -= this.clock.nowMs() - startedAtMs;
    return reading;
  }

  /** Gives waiting jobs to idle threads. Starts a thread if a job needs one. */
  private next(): void {
    const mayRun = (lookup: string): boolean => !this.running.has(lookup);
    while (this.waiting.has(mayRun)) {
      const thread = this.idle.pop();
      if (thread === undefined) {
        this.start();
        return;
      }
      const job = this.waiting.take(mayRun);
      if (job !== undefined) void this.run(thread, job);
    }
  }

  private async run(thread: ReadingThread, { lookup, run }: WaitingJob): Promise<void> {
    this.running.add(lookup);
    await run(thread);
    this.running.delete(lookup);
    if (thread.isUsable) this.idle.push(thread);
    // The next thread takes time to start, and belongs to another lookup first.
    else this.waiting.postpone(lookup);
    this.next();
  }

  /** Starts one thread at a time: the next job may need none. */
  private start(): void {
    if (this.isClosed || this.isStarting || this.threads.size >= MAX_THREADS) return;
    if (this.clock.nowMs() < this.mayStartAtMs) return;
    const thread = new ReadingThread(this.plans, () => this.clock.nowMs());
    this.threads.add(thread);
    this.isStarting = true;
    void thread.ready.then((isReady) => {
      this.isStarting = false;
      if (isReady) this.idle.push(thread);
      else this.mayStartAtMs = this.clock.nowMs() + RESTART_AFTER_MS;
      this.next();
    });
    void thread.ended.then(() => {
      this.threads.delete(thread);
      const at = this.idle.indexOf(thread);
      if (at >= 0) this.idle.splice(at, 1);
      this.next();
    });
  }
}
