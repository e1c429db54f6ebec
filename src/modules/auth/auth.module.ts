import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import type { Config } from '../../config/config.js';
import { WallClock } from '../../kernel/wall-clock.js';
import { CallerGuard } from './caller.guard.js';
import { Callers } from './callers.js';
import { AccessTokens } from './internal/access-tokens.js';
import { DeclaredScopes } from './internal/declared-scopes.js';
import { OAuthController } from './oauth.controller.js';

/** Who may ask: guards every route of the application. */
@Module({})
export class AuthModule {
  static register({ callers, sandbox, keySecret }: Config): DynamicModule {
    // Production refuses to start without callers, so an empty list is a developer's machine.
    const open = sandbox || callers.size === 0;
    return {
      module: AuthModule,
      imports: [DiscoveryModule],
      controllers: [OAuthController],
      providers: [
        {
          provide: Callers,
          useFactory: (clock: WallClock) => new Callers(callers, open, clock),
          inject: [WallClock],
        },
        {
          provide: AccessTokens,
          useFactory: (known: Callers) => new AccessTokens(keySecret, (name) => known.byCredentialName(name)),
          inject: [Callers],
        },
        DeclaredScopes,
        { provide: APP_GUARD, useClass: CallerGuard },
      ],
    };
  }
}
