import { Module, type OnModuleDestroy } from '@nestjs/common';
import { REGION } from '../config/sections/server.js';
import { Clock, WallClock } from '../kernel/clock.js';
import { Redis } from '../platform/redis/redis.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { RedisModule } from '../platform/redis/redis.module.js';
import { TimeModule } from '../platform/time.module.js';
import { BusMetrics } from './bus.metrics.js';
import { EventBus } from './event-bus.js';
import { Hearing } from './hearing.js';
import { MessageChannelMetrics } from './message-channel.metrics.js';
import { InProcessEventBus } from './in-process-event-bus.js';
import { RedisEventBus } from './redis-event-bus.js';

/** The events between the processes of a region. */
@Module({
  imports: [TimeModule, RedisModule, MetricsModule],
  // A factory chooses the transport: Redis if it is configured, otherwise this process alone.
  providers: [
    { provide: EventBus, useFactory: eventBus, inject: [Redis, REGION, Clock, WallClock] },
    Hearing,
    BusMetrics,
    MessageChannelMetrics,
  ],
  exports: [EventBus, Hearing, BusMetrics],
})
export class MessagingModule implements OnModuleDestroy {
  constructor(private readonly bus: EventBus) {}

  onModuleDestroy(): void {
    if (this.bus instanceof RedisEventBus) this.bus.close();
  }
}

function eventBus(redis: Redis, region: string, clock: Clock, wallClock: WallClock): EventBus {
  const { connection } = redis;
  if (connection === undefined) return new InProcessEventBus(region, wallClock);
  const createSubscriber = (attempt: number) => redis.createSubscriber(attempt);
  const bus = new RedisEventBus({ region, clock, wallClock, connection, createSubscriber });
  bus.open();
  return bus;
}
