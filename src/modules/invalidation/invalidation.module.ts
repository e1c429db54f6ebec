import { Module } from '@nestjs/common';
import { InvalidationService } from './invalidation.service.js';
import { WebhookController } from './webhook.controller.js';

/** Makes the cache forget at once what an event says is no longer true. */
@Module({ controllers: [WebhookController], providers: [InvalidationService] })
export class InvalidationModule {}
