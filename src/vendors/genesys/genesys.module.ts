import { Global, Module } from '@nestjs/common';
import { EventTopics } from './event-topics.js';

/** What features share about Genesys Cloud. */
@Global()
@Module({ providers: [EventTopics], exports: [EventTopics] })
export class GenesysModule {}
