import { Inject, Module, Optional, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { REGIONS_CONFIG, type RegionsConfig } from '../../config/sections/regions.js';
import { REGION } from '../../config/sections/server.js';
import { Clock } from '../../kernel/clock.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { TimeModule } from '../../platform/time.module.js';
import { EventLog } from './event-log.js';
import { KafkaEventLog } from './kafka-event-log.js';

/**
 * The log between regions. With a single region, `EventLog` is `undefined`: inject it as
 * `@Inject(EventLog) log: EventLog | undefined`. The client of Kafka is loaded at its first use.
 */
@Module({
  imports: [TimeModule],
  providers: [{ provide: EventLog, useFactory: eventLog, inject: [REGIONS_CONFIG, REGION, Clock, LOGGER] }],
  exports: [EventLog],
})
export class LogModule implements OnModuleDestroy {
  constructor(@Inject(EventLog) @Optional() private readonly log: EventLog | undefined) {}

  async onModuleDestroy(): Promise<void> {
    await this.log?.close();
  }
}

function eventLog(regions: RegionsConfig | undefined, region: string, clock: Clock, log: Logger): EventLog | undefined {
  return regions === undefined ? undefined : new KafkaEventLog(regions.kafka, region, clock, log);
}
