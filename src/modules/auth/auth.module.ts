import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { TimeModule } from '../../platform/time.module.js';
import { SheddingModule } from '../../shedding/shedding.module.js';
import { CallerGuard } from './caller.guard.js';
import { Callers } from './callers.js';
import { AccessTokens } from './internal/access-tokens.js';
import { DeclaredScopes } from './internal/declared-scopes.js';
import { OAuthController } from './oauth.controller.js';

/** Authenticates callers and checks their scopes. The caller guard protects every route. */
@Module({
  imports: [DiscoveryModule, TimeModule, SheddingModule],
  controllers: [OAuthController],
  providers: [Callers, AccessTokens, DeclaredScopes, { provide: APP_GUARD, useClass: CallerGuard }],
})
export class AuthModule {}
