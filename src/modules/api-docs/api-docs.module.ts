import { Module } from '@nestjs/common';
import { ApiDocsController } from './api-docs.controller.js';
import { ApiDocument } from './api-document.js';

/** Describes the API as OpenAPI 3.1 and as a web page. */
@Module({ controllers: [ApiDocsController], providers: [ApiDocument] })
export class ApiDocsModule {}
