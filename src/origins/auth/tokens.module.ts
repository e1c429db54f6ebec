import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { SYSTEMS } from './internal/systems.token.js';
import { TokenKeepers } from './token-managers.js';

/** Whom we say we are, to platforms that want a token. */
@Module({})
export class PlatformTokensModule {
  static register({ systems }: Config): DynamicModule {
    return { module: PlatformTokensModule, providers: [{ provide: SYSTEMS, useValue: systems }, TokenKeepers] };
  }
}
