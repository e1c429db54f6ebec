import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { CacheModule } from './cache/cache.module.js';
import type { Config } from './config/config.js';
import { AgentStateModule } from './modules/agent-state/agent-state.module.js';
import { ApiDocsModule } from './modules/api-docs/api-docs.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { DataActionsModule } from './modules/data-actions/data-actions.module.js';
import { HealthModule } from './modules/health/health.module.js';
import { InvalidationModule } from './modules/invalidation/invalidation.module.js';
import { TokensModule } from './origins/auth/tokens.module.js';
import { ProfileModule } from './modules/profile/profile.module.js';
import { AdmissionModule } from './origins/admission/admission.module.js';
import { OriginsModule } from './origins/origins.module.js';
import { GenesysModule } from './vendors/genesys/genesys.module.js';
import { PlatformModule } from './platform/platform.module.js';
import { SheddingModule } from './shedding/shedding.module.js';

/** The whole house. */
@Module({})
export class AppModule {
  static register(config: Config, log: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.register(config, log),
        OriginsModule.register(config),
        AdmissionModule.register(config),
        TokensModule.register(config),
        SheddingModule.register(config),
        CacheModule.register(config),
        GenesysModule,
        AuthModule.register(config),
        ProfileModule.register(config),
        InvalidationModule,
        AgentStateModule.register(config),
        HealthModule,
        DataActionsModule.register(config),
        ApiDocsModule.register(config),
      ],
    };
  }
}
