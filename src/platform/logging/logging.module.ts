import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { AuditLog } from './audit-log.js';
import { LOGGER } from './logger.token.js';

/**
 * Provides the logger and the audit log that `main.ts` created before the application.
 *
 * The module is global because both, like the configuration, are values from outside. A
 * static import of this module could not provide them.
 */
@Global()
@Module({})
export class LoggingModule {
  static register(log: Logger, audit: AuditLog): DynamicModule {
    const providers = [
      { provide: LOGGER, useValue: log },
      { provide: AuditLog, useValue: audit },
    ];
    return { module: LoggingModule, providers, exports: [LOGGER, AuditLog] };
  }
}
