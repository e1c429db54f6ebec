import { Inject, Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import type { Logger } from 'pino';
import { DatadipError } from '../../kernel/errors.js';
import { describeError } from '../logging/describe-error.js';
import { LOGGER } from '../logging/logger.token.js';
import { JobLease } from './job-lease.js';
import { declareLogFields } from '../logging/log-fields.js';

declareLogFields({ job: 'text' });

/** A job, as its feature declares it. */
export interface Job<Result = unknown> {
  /** Unique in the process. Appears in the log. */
  readonly name: string;
  readonly schedule: { readonly everyMs: number } | { readonly cron: string };
  /** `undefined` means that every process runs the job. */
  readonly lease?: JobLeaseOptions;
  /** A rejection is logged and does not end the schedule. */
  readonly run: () => Result | Promise<Result>;
  /** Called instead of `run` when another process of the region holds the lease. */
  readonly onLeaseHeldElsewhere?: () => unknown;
}

export interface JobLeaseOptions {
  readonly key: string;
  readonly leaseMs: number;
}

/**
 * Runs all jobs of the process.
 *
 * Guarantees:
 * - a job never overlaps with its own previous run in this process: a run that is due is skipped;
 * - with a lease, at most one process of the region starts the job within `leaseMs` (`JobLease`);
 * - a failing run is logged, and the next run happens as scheduled;
 * - no job keeps the process alive, and shutdown ends all schedules.
 *
 * Does not guarantee:
 * - that a run happens at its exact time: a busy event loop delays the run;
 * - that runs of two processes never overlap: a run may take longer than its lease.
 */
@Injectable()
export class JobScheduler {
  private readonly running = new Set<string>();

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly lease: JobLease,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** @throws {Error} when a job of this name is scheduled already */
  schedule(job: Job): void {
    const onTick = (): void => void this.runOnce(job);
    if ('cron' in job.schedule) {
      const cronJob = CronJob.from({ cronTime: job.schedule.cron, onTick, start: true, unrefTimeout: true });
      this.registry.addCronJob(job.name, cronJob);
    } else {
      this.registry.addInterval(job.name, setInterval(onTick, job.schedule.everyMs).unref());
    }
  }

  /**
   * Runs the job now. Never rejects.
   *
   * @returns the result; `undefined` when the job is running already, another process holds its
   * lease, or the run failed
   */
  async runOnce<Result>(job: Job<Result>): Promise<Result | undefined> {
    if (this.running.has(job.name)) return undefined;
    this.running.add(job.name);
    try {
      if (await this.mayRun(job)) return await job.run();
      await job.onLeaseHeldElsewhere?.();
    } catch (error) {
      // An error that may be gone at the next run is a warning, for example if Redis was
      // unavailable.
      const level = error instanceof DatadipError && error.retryable ? 'warn' : 'error';
      this.log[level]({ job: job.name, error: describeError(error) }, 'job failed');
    } finally {
      this.running.delete(job.name);
    }
    return undefined;
  }

  private async mayRun({ lease }: Job): Promise<boolean> {
    return lease === undefined || this.lease.acquire(lease.key, lease.leaseMs);
  }
}
