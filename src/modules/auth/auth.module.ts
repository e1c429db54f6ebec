import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Config } from '../../config/config.js';
import { CallerGuard } from './caller.guard.js';
import { Callers } from './internal/callers.js';

/** Who may ask. Guards every route of the application. */
@Module({})
export class AuthModule {
  static register({ callers, sandbox }: Config): DynamicModule {
    // Production refuses to start without callers, so an empty list is a developer's machine.
    const open = sandbox || callers.size === 0;
    return {
      module: AuthModule,
      providers: [
        { provide: Callers, useFactory: () => new Callers(callers, open) },
        { provide: APP_GUARD, useClass: CallerGuard },
      ],
    };
  }
}
