import { Module } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { LifecycleModule } from '../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { SchedulerModule } from '../platform/scheduler/scheduler.module.js';
import { TimeModule } from '../platform/time.module.js';
import { AdmissionModule } from './admission/admission.module.js';
import { RefreshTokensJob } from './auth/refresh-tokens.job.js';
import { TokenMetrics } from './auth/token.metrics.js';
import { TokenManagers } from './auth/token-managers.js';
import { TokenSources } from './auth/token-sources.js';
import { warmUpCalls } from './http/warm-up-calls.js';
import { KeepConnectionsOpenJob } from './keep-connections-open.job.js';
import { Origins } from './origins.js';

/** The systems of record: connections, access tokens, and the admission of calls. */
@Module({
  imports: [TimeModule, MetricsModule, LifecycleModule, SchedulerModule, AdmissionModule],
  providers: [TokenMetrics, TokenSources, Origins, KeepConnectionsOpenJob, TokenManagers, RefreshTokensJob],
  exports: [Origins],
})
export class OriginsModule {
  constructor(lifecycle: Lifecycle, clock: Clock) {
    lifecycle.beforeReady('calls', () => warmUpCalls(clock), 'code');
  }
}
