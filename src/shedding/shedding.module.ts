import { Module } from '@nestjs/common';
import { SheddingMiddleware } from './shedding.middleware.js';

/** Who is turned away, when, and why. */
@Module({ providers: [SheddingMiddleware], exports: [SheddingMiddleware] })
export class SheddingModule {}
