import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { ApiDocsController } from './api-docs.controller.js';
import { ApiDocument } from './api-document.js';

/** What is offered, as OpenAPI 3.1 and as a page. */
@Module({})
export class ApiDocsModule {
  static register(config: Config): DynamicModule {
    return {
      module: ApiDocsModule,
      controllers: [ApiDocsController],
      providers: [{ provide: ApiDocument, useFactory: () => new ApiDocument(config) }],
    };
  }
}
