import { Module } from '@nestjs/common';
import { RegionsModule } from '../../regions/regions.module.js';
import { CacheModule } from '../../cache/cache.module.js';
import { Clock } from '../../kernel/clock.js';
import { CryptoModule } from '../../platform/crypto.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { Redis } from '../../platform/redis/redis.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { TimeModule } from '../../platform/time.module.js';
import { AwsModule } from '../../vendors/aws/aws.module.js';
import { GenesysModule } from '../../vendors/genesys/genesys.module.js';
import { DeclaredWebhookController } from './declared-webhook.controller.js';
import { EventBatch } from './event-batch.js';
import { InvalidationService } from './invalidation.service.js';
import { MemorySignedRequests } from './memory-signed-requests.js';
import { RedisSignedRequests } from './redis-signed-requests.js';
import { SignedRequests } from './signed-requests.js';
import { WebhookController } from './webhook.controller.js';
import { InvalidationMetrics } from './invalidation.metrics.js';

/** Receives events about changed customers and invalidates their cache entries. */
@Module({
  imports: [TimeModule, CryptoModule, MetricsModule, RedisModule, CacheModule, RegionsModule, GenesysModule, AwsModule],
  // The address of a built-in webhook is also one of a declared webhook: the first controller wins.
  controllers: [WebhookController, DeclaredWebhookController],
  providers: [
    InvalidationMetrics,
    InvalidationService,
    EventBatch,
    // A factory chooses the store: Redis if it is configured, otherwise the memory of this process.
    { provide: SignedRequests, useFactory: signedRequests, inject: [Redis, Clock] },
  ],
})
export class InvalidationModule {}

function signedRequests({ connection }: Redis, clock: Clock): SignedRequests {
  return connection === undefined ? new MemorySignedRequests(clock) : new RedisSignedRequests(connection);
}
