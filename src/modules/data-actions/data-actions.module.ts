import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { DataActionsController } from './data-actions.controller.js';
import { DataActions } from './data-actions.js';

/** What is declared, as Data Actions that Genesys Cloud imports. */
@Module({})
export class DataActionsModule {
  static register(config: Config): DynamicModule {
    return {
      module: DataActionsModule,
      controllers: [DataActionsController],
      providers: [{ provide: DataActions, useFactory: () => new DataActions(config) }],
    };
  }
}
