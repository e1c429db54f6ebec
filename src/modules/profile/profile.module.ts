import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { Clock } from '../../kernel/clock.js';
import { Hmac } from '../../kernel/hmac.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { HttpOrigins } from '../../origins/http/http-origins.js';
import { OriginBudgets } from '../../origins/admission/origin-budgets.js';
import { LookupResponder } from './lookup-responder.js';
import { LookupController } from './lookup.controller.js';
import { PrewarmJob } from './prewarm.job.js';
import { ProfileController } from './profile.controller.js';
import { LookupService } from './lookup.service.js';

/** The declared lookups: who is this, what do they owe. */
@Module({})
export class ProfileModule {
  constructor(profile: LookupService, lifecycle: Lifecycle) {
    lifecycle.beforeReady('projections', () => profile.warmUp());
  }

  static register({ lookups, deadlineMs }: Config): DynamicModule {
    return {
      module: ProfileModule,
      controllers: [LookupController, ProfileController],
      providers: [
        {
          provide: LookupService,
          useFactory: (upstreams: HttpOrigins, budgets: OriginBudgets, hmac: Hmac, clock: Clock) =>
            new LookupService(lookups, upstreams, budgets, hmac, clock, deadlineMs),
          inject: [HttpOrigins, OriginBudgets, Hmac, Clock],
        },
        LookupResponder,
        PrewarmJob,
      ],
    };
  }
}
