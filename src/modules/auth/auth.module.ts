import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { OriginsModule } from '../../origins/origins.module.js';
import { CryptoModule } from '../../platform/crypto.module.js';
import { HttpModule } from '../../platform/http/http.module.js';
import { LifecycleModule } from '../../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { TimeModule } from '../../platform/time.module.js';
import { SheddingModule } from '../../shedding/shedding.module.js';
import { CallerGate } from './caller.gate.js';
import { CallerGuard } from './caller.guard.js';
import { Callers } from './callers.js';
import { AccessTokens } from './internal/access-tokens.js';
import { Credentials } from './internal/credentials.js';
import { DeclaredScopes } from './internal/declared-scopes.js';
import { TokenLimits } from './internal/token-limits.js';
import { WebhookSignatures } from './internal/webhook-signatures.js';
import { OAuthController } from './oauth.controller.js';
import { UserMetrics } from './users/user.metrics.js';
import { UserTokens } from './users/user-tokens.js';

/**
 * Authenticates callers and checks their scopes: first the caller gate, before the body is read,
 * then the caller guard on every route.
 */
@Module({
  imports: [
    DiscoveryModule,
    TimeModule,
    SheddingModule,
    HttpModule,
    LifecycleModule,
    MetricsModule,
    CryptoModule,
    OriginsModule,
  ],
  controllers: [OAuthController],
  providers: [
    Callers,
    AccessTokens,
    Credentials,
    WebhookSignatures,
    CallerGate,
    TokenLimits,
    UserMetrics,
    UserTokens,
    DeclaredScopes,
    { provide: APP_GUARD, useClass: CallerGuard },
  ],
})
export class AuthModule {}
