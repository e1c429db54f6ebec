/**
 * Loaded before the real build by `interceptor.ts`. It puts a Nest interceptor in front of the
 * lookup route. The interceptor only calls the next handler, so it shows the minimum cost of a
 * cache interceptor there.
 */
import 'reflect-metadata';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { importBuilt } from './support/built.ts';

const passOn: NestInterceptor = {
  intercept: (_context: ExecutionContext, next: CallHandler) => next.handle(),
};
const { LookupController } = await importBuilt<typeof import('../src/modules/profile/lookup.controller.js')>(
  'modules/profile/lookup.controller.js',
);
Reflect.defineMetadata(INTERCEPTORS_METADATA, [passOn], LookupController);
