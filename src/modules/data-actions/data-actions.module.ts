import { Module } from '@nestjs/common';
import { DataActionsController } from './data-actions.controller.js';
import { DataActions } from './data-actions.js';

/** Offers the declared lookups and the agent routes as Data Actions that Genesys Cloud imports. */
@Module({ controllers: [DataActionsController], providers: [DataActions] })
export class DataActionsModule {}
