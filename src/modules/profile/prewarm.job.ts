import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';
import { setTimeout as delay } from 'node:timers/promises';
import { LookupCache } from '../../cache/lookup-cache.js';
import type { PrewarmConfig } from '../../config/sections/lookups/lookup-config.js';
import { Clock } from '../../kernel/clock.js';
import { NotAdmitted, OriginFailure } from '../../kernel/errors.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { JobScheduler } from '../../platform/scheduler/job-scheduler.js';
import type { LookupDip } from './internal/compiled-lookup.js';
import { LookupService } from './lookup.service.js';
import { OriginLoader } from './origin-loader.js';

declareLogFields({ lookup: 'text', wanted: 'number', loaded: 'number', failed: 'number' });

/** Loads of one run at the same time. Admission may allow fewer. */
const CONCURRENT_LOADS = 8;
/** Admission refuses background work first: a refused load is repeated after this pause. */
const RETRY_AFTER_MS = 500;
/** The longest a run lasts. Loads that are left then count as failed or are not begun. */
const RUN_BOUND_MS = 600_000;

/** The counts of one run. Entries that were still fresh count in `wanted` only. */
export interface PrewarmResult {
  readonly wanted: number;
  readonly loaded: number;
  readonly failed: number;
}

/**
 * Before a declared peak, loads the most requested entries that are no longer fresh, as background
 * work.
 */
@Injectable()
export class PrewarmJob implements OnApplicationBootstrap {
  constructor(
    private readonly lookups: LookupService,
    private readonly cache: LookupCache,
    private readonly loader: OriginLoader,
    private readonly lifecycle: Lifecycle,
    private readonly scheduler: JobScheduler,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    for (const { lookup, schedules } of this.lookups.prewarmSchedules) {
      schedules.forEach((schedule, index) => {
        const run = (): Promise<PrewarmResult> => this.run(lookup, schedule);
        this.scheduler.schedule({ name: `prewarm ${lookup} ${index}`, schedule: { cron: schedule.cron }, run });
      });
    }
  }

  async run(lookup: string, { top }: PrewarmConfig): Promise<PrewarmResult> {
    const dips = this.lookups.popularDips(lookup, top);
    const endsAtMs = this.clock.nowMs() + RUN_BOUND_MS;
    const result = { wanted: dips.length, loaded: 0, failed: 0 };
    const pending = dips.values();
    const worker = async (): Promise<void> => {
      for (const dip of pending) {
        if (this.lifecycle.state !== 'ready' || this.clock.nowMs() > endsAtMs) return;
        const outcome = await this.refresh(dip, endsAtMs);
        if (outcome !== 'fresh') result[outcome]++;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_LOADS }, worker));
    this.log.info({ lookup, ...result }, 'pre-warming finished');
    return result;
  }

  private async refresh(dip: LookupDip, endsAtMs: number): Promise<'loaded' | 'fresh' | 'failed'> {
    for (;;) {
      try {
        return (await this.cache.refresh(dip, this.loader)) ? 'loaded' : 'fresh';
      } catch (error) {
        if (!(error instanceof OriginFailure)) throw error;
        if (!(error instanceof NotAdmitted) || this.clock.nowMs() > endsAtMs) return 'failed';
        await delay(RETRY_AFTER_MS, undefined, { ref: false });
      }
    }
  }
}
