/**
 * Loaded before the real build by `interceptor.ts`. It puts a Nest interceptor in front of the
 * lookup route that only passes the call on: the least that a cache interceptor would cost there.
 */
import 'reflect-metadata';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST } from './support/places.ts';

const passOn: NestInterceptor = {
  intercept: (_context: ExecutionContext, next: CallHandler) => next.handle(),
};
const path = pathToFileURL(join(DIST, 'modules/profile/lookup.controller.js')).href;
const { LookupController } = (await import(path)) as typeof import('../src/modules/profile/lookup.controller.js');
Reflect.defineMetadata(INTERCEPTORS_METADATA, [passOn], LookupController);
