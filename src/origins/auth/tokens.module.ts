import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { SYSTEMS } from './internal/systems.token.js';
import { TokenManagers } from './token-managers.js';

/** Whom we say we are, to platforms that want a token. */
@Module({})
export class TokensModule {
  static register({ systems }: Config): DynamicModule {
    return { module: TokensModule, providers: [{ provide: SYSTEMS, useValue: systems }, TokenManagers] };
  }
}
