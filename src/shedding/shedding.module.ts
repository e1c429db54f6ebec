import { Module } from '@nestjs/common';
import { HttpModule } from '../platform/http/http.module.js';
import { LifecycleModule } from '../platform/lifecycle/lifecycle.module.js';
import { TimeModule } from '../platform/time.module.js';
import { OverloadDetector } from './overload-detector.js';
import { RequestLimits } from './request-limits.js';
import { SheddingMiddleware } from './shedding.middleware.js';
import { UserLimits } from './user-limits.js';

/** Refuses requests when the process stops or is overloaded, and above declared limits. */
@Module({
  imports: [TimeModule, LifecycleModule, HttpModule],
  providers: [SheddingMiddleware, OverloadDetector, RequestLimits, UserLimits],
  exports: [SheddingMiddleware, RequestLimits, UserLimits],
})
export class SheddingModule {}
