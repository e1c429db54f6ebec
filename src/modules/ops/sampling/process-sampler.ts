import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Clock } from '../../../kernel/clock.js';
import { EventBus } from '../../../messaging/event-bus.js';
import { Hearing } from '../../../messaging/hearing.js';
import { EventLog } from '../../../messaging/log/event-log.js';
import { Origins } from '../../../origins/origins.js';
import { EventLoopMonitor } from '../../../platform/lifecycle/event-loop-monitor.js';
import { HealthContributors } from '../../../platform/lifecycle/health-contributors.js';
import { Lifecycle } from '../../../platform/lifecycle/lifecycle.js';
import { MetricsRegistry } from '../../../platform/metrics/metrics-registry.js';
import { VERSION } from '../../../platform/metrics/version.js';
import { Redis } from '../../../platform/redis/redis.js';
import { growth, type GroupedCounts } from './counts.js';
import { readMetrics, sumOf } from './metric-reader.js';
import { SAMPLE_VERSION, type ProcessSample } from './process-sample.js';
import { agentsOf, busOf, regionsOf, shortened, storeOf, systemsOf, tokensOf, troublesOf } from './process-state.js';

/**
 * Takes samples of this process.
 *
 * Guarantees: every count of the metrics is in exactly one sample. A sample changes no metric.
 */
@Injectable()
export class ProcessSampler {
  /** The id of this process in its samples. */
  readonly process = randomUUID();
  private readonly host = shortened(hostname());
  private readonly startedAtMs: number;
  private taken = 0;
  private before: GroupedCounts | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly registry: MetricsRegistry,
    private readonly origins: Origins,
    private readonly redis: Redis,
    private readonly bus: EventBus,
    private readonly hearing: Hearing,
    @Inject(EventLog) private readonly log: EventLog | undefined,
    private readonly lifecycle: Lifecycle,
    private readonly eventLoop: EventLoopMonitor,
    private readonly health: HealthContributors,
  ) {
    this.startedAtMs = clock.nowMs();
  }

  async sample(): Promise<ProcessSample> {
    const { counts, gauges } = await readMetrics(this.registry);
    const grown = growth(counts, this.before);
    this.before = counts;
    this.taken++;
    return {
      ...{ version: SAMPLE_VERSION, process: this.process, number: this.taken, host: this.host, release: VERSION },
      upS: (this.clock.nowMs() - this.startedAtMs) / 1000,
      lifecycle: this.lifecycle.state,
      counts: grown,
      systems: systemsOf(this.origins.all, gauges),
      agents: agentsOf(gauges),
      tokens: tokensOf(gauges),
      loopMeanMs: this.eventLoop.meanMs,
      loopMaxMs: this.eventLoop.maxMs,
      requestsInFlight: sumOf(gauges.requestsInFlight),
      store: storeOf(this.redis.status),
      hearsMessages: this.bus.isHeard(),
      bus: busOf(this.log, gauges),
      regions: regionsOf(gauges, this.hearing.silentRegions),
      troubles: troublesOf(this.health.all()),
    };
  }
}
