import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from './logger.token.js';

/**
 * Provides the logger that `main.ts` created before the application.
 *
 * The module is global because the logger, like the configuration, is a value from outside. A
 * static import of this module could not provide it.
 */
@Global()
@Module({})
export class LoggingModule {
  static register(log: Logger): DynamicModule {
    return { module: LoggingModule, providers: [{ provide: LOGGER, useValue: log }], exports: [LOGGER] };
  }
}
