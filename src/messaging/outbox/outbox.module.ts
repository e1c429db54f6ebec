import { Inject, Module, Optional, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { REGION } from '../../config/sections/server.js';
import { Clock, WallClock } from '../../kernel/clock.js';
import { HealthContributors } from '../../platform/lifecycle/health-contributors.js';
import { LifecycleModule } from '../../platform/lifecycle/lifecycle.module.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { Redis } from '../../platform/redis/redis.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { LeaderLease } from '../../platform/scheduler/leader-lease.js';
import { TimeModule } from '../../platform/time.module.js';
import { EventBus } from '../event-bus.js';
import { EventLog } from '../log/event-log.js';
import { LogModule } from '../log/log.module.js';
import { MessagingModule } from '../messaging.module.js';
import { outboxLeaderKey } from './internal/outbox-keys.js';
import { OutboxPatrol } from './internal/outbox-patrol.js';
import { OutboxReader } from './internal/outbox-reader.js';
import { OutboxSignals } from './internal/outbox-signals.js';
import { OutboxTenants } from './internal/outbox-tenants.js';
import { SharedFill } from './internal/shared-fill.js';
import { NoOutbox } from './no-outbox.js';
import { OutboxAlarm } from './outbox-alarm.js';
import { OutboxRelay } from './outbox-relay.js';
import { Outbox } from './outbox.js';
import { OutboxMetrics } from './outbox.metrics.js';
import { RedisOutbox } from './redis-outbox.js';

/** The events that the other regions do not have yet, and the relay that sends them. */
@Module({
  imports: [TimeModule, RedisModule, MetricsModule, LifecycleModule, MessagingModule, LogModule],
  providers: [
    OutboxMetrics,
    { provide: OutboxSignals, useFactory: (bus: EventBus) => new OutboxSignals(bus), inject: [EventBus] },
    // The factories choose: without other regions, or without a Redis, nothing is kept or sent.
    {
      provide: Outbox,
      useFactory: outbox,
      inject: [Redis, OutboxSignals, Clock, WallClock, { token: EventLog, optional: true }],
    },
    {
      provide: OutboxRelay,
      useFactory: relay,
      inject: [
        Redis,
        OutboxSignals,
        Clock,
        WallClock,
        OutboxMetrics,
        HealthContributors,
        LOGGER,
        REGION,
        { token: EventLog, optional: true },
      ],
    },
  ],
  exports: [Outbox],
})
export class OutboxModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(@Inject(OutboxRelay) @Optional() private readonly relay: OutboxRelay | undefined) {}

  onApplicationBootstrap(): void {
    this.relay?.open();
  }

  async onModuleDestroy(): Promise<void> {
    await this.relay?.close();
  }
}

function outbox(
  { connection }: Redis,
  signals: OutboxSignals,
  clock: Clock,
  wallClock: WallClock,
  log: EventLog | undefined,
): Outbox {
  if (connection === undefined || log === undefined) return new NoOutbox();
  return new RedisOutbox({ connection, signals, tenants: new OutboxTenants(connection, wallClock), clock });
}

function relay(
  redis: Redis,
  signals: OutboxSignals,
  clock: Clock,
  wallClock: WallClock,
  metrics: OutboxMetrics,
  contributors: HealthContributors,
  logger: Logger,
  region: string,
  log: EventLog | undefined,
): OutboxRelay | undefined {
  const { connection } = redis;
  if (connection === undefined || log === undefined) return undefined;
  const alarm = new OutboxAlarm(logger, metrics);
  const lease = new LeaderLease(redis, outboxLeaderKey(region), clock);
  const reader = new OutboxReader(connection);
  const tenants = new OutboxTenants(connection, wallClock);
  const patrol = new OutboxPatrol({ reader, tenants, wallClock, onDropped: (records) => alarm.dropped(records) });
  const sharedFill = new SharedFill(connection, region);
  const relaying = new OutboxRelay({
    ...{ lease, log, reader, patrol, signals, sharedFill, wallClock },
    onFill: (report, isSender) => alarm.note(report, isSender),
  });
  contributors.add(() => alarm.contribution(relaying.isSender));
  return relaying;
}
