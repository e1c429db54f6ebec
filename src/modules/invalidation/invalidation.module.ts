import { Module } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Redis } from '../../platform/redis/redis.js';
import { InvalidationService } from './invalidation.service.js';
import { MemorySignedRequests } from './memory-signed-requests.js';
import { RedisSignedRequests } from './redis-signed-requests.js';
import { SignedRequests } from './signed-requests.js';
import { WebhookController } from './webhook.controller.js';

/** Makes the cache forget at once what an event says is no longer true. */
@Module({
  controllers: [WebhookController],
  providers: [
    InvalidationService,
    {
      provide: SignedRequests,
      useFactory: ({ connection }: Redis, clock: Clock) =>
        connection === undefined ? new MemorySignedRequests(clock) : new RedisSignedRequests(connection),
      inject: [Redis, Clock],
    },
  ],
})
export class InvalidationModule {}
