import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AuditLog } from './audit-log.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { LogMetrics } from './log.metrics.js';
import { LOGGER, LOST_LINES } from './logger.token.js';
import type { Logs } from './root-logger.js';

/**
 * Provides the logger and the audit log that `main.ts` created before the application.
 *
 * The module is global because both, like the configuration, are values from outside. A
 * static import of this module could not provide them.
 */
@Global()
@Module({})
export class LoggingModule {
  static register({ log, audit, lostLines }: Omit<Logs, 'requests'>): DynamicModule {
    const providers = [
      { provide: LOGGER, useValue: log },
      { provide: AuditLog, useValue: audit },
      { provide: LOST_LINES, useValue: lostLines },
      LogMetrics,
    ];
    return { module: LoggingModule, imports: [MetricsModule], providers, exports: [LOGGER, AuditLog] };
  }
}
