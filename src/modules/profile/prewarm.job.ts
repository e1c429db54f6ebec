import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';
import { setTimeout as delay } from 'node:timers/promises';
import { LookupCache } from '../../cache/lookup-cache.js';
import type { PrewarmConfig } from '../../config/config.js';
import type { Dip } from '../../contracts/dip.js';
import { Clock } from '../../kernel/clock.js';
import { OriginFailure, NotAdmitted } from '../../kernel/errors.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { JobScheduler } from '../../platform/scheduler/job-scheduler.js';
import { LookupService } from './lookup.service.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';

declareLogFields({ lookup: 'text', wanted: 'number', loaded: 'number', failed: 'number' });

/** Loads at a time; the budget may allow fewer. */
const AT_A_TIME = 8;
/** Background work is turned away first: it comes again a little later, for as long as this. */
const AGAIN_AFTER_MS = 500;
const GIVES_UP_AFTER_MS = 600_000;

export interface Prewarmed {
  readonly wanted: number;
  readonly loaded: number;
  readonly failed: number;
}

/** Before a declared peak: loads what is asked for most and no longer fresh, inside the background's share of each origin. */
@Injectable()
export class PrewarmJob implements OnApplicationBootstrap {
  constructor(
    private readonly profile: LookupService,
    private readonly readPath: LookupCache,
    private readonly lifecycle: Lifecycle,
    private readonly scheduler: JobScheduler,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    for (const { lookup, prewarm } of this.profile.prewarms) {
      prewarm.forEach((one, at) => {
        const run = (): Promise<Prewarmed> => this.run(lookup, one);
        this.scheduler.schedule({ name: `prewarm ${lookup} ${at}`, schedule: { cron: one.cron }, run });
      });
    }
  }

  async run(lookup: string, { top }: PrewarmConfig): Promise<Prewarmed> {
    const dips = this.profile.popular(lookup, top);
    const untilMs = this.clock.nowMs() + GIVES_UP_AFTER_MS;
    const found = { wanted: dips.length, loaded: 0, failed: 0 };
    const waiting = dips.values();
    const worker = async (): Promise<void> => {
      for (const dip of waiting) {
        if (this.lifecycle.state === 'stopping' || this.clock.nowMs() > untilMs) return;
        const outcome = await this.refresh(dip, untilMs);
        if (outcome !== 'fresh') found[outcome]++;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
    this.log.info({ lookup, ...found }, 'pre-warmed');
    return found;
  }

  private async refresh(dip: Dip, untilMs: number): Promise<'loaded' | 'fresh' | 'failed'> {
    for (;;) {
      try {
        return (await this.readPath.refresh(dip, () => this.profile.load(dip, 'background'))) ? 'loaded' : 'fresh';
      } catch (error) {
        if (!(error instanceof OriginFailure)) throw error;
        if (!(error instanceof NotAdmitted) || this.clock.nowMs() > untilMs) return 'failed';
        await delay(AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
  }
}
