import { Module } from '@nestjs/common';
import { SentEvents } from './sent-events.js';

/** Provides what several features need to receive events through AWS. */
@Module({ providers: [SentEvents], exports: [SentEvents] })
export class AwsModule {}
