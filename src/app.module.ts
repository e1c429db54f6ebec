import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { AgentStateModule } from './modules/agent-state/agent-state.module.js';
import { ApiDocsModule } from './modules/api-docs/api-docs.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { DataActionsModule } from './modules/data-actions/data-actions.module.js';
import { HealthModule } from './modules/health/health.module.js';
import { InvalidationModule } from './modules/invalidation/invalidation.module.js';
import { OpsModule } from './modules/ops/ops.module.js';
import { ProfileModule } from './modules/profile/profile.module.js';
import { LoggingModule } from './platform/logging/logging.module.js';
import type { Logs } from './platform/logging/root-logger.js';
import { RegionsModule } from './regions/regions.module.js';

/** The configuration, the logger and the features. Each feature imports the modules it uses. */
@Module({})
export class AppModule {
  /** @param tracing the module of tracing, if it is configured */
  static register(config: Config, logs: Logs, tracing: readonly DynamicModule[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        LoggingModule.register(logs),
        AuthModule,
        ProfileModule,
        InvalidationModule,
        AgentStateModule,
        RegionsModule,
        HealthModule,
        OpsModule,
        DataActionsModule,
        ApiDocsModule,
        ...tracing,
      ],
    };
  }
}
