import { Module } from '@nestjs/common';
import { EventTopics } from './event-topics.js';

/** Provides what several features need to handle Genesys Cloud events. */
@Module({ providers: [EventTopics], exports: [EventTopics] })
export class GenesysModule {}
