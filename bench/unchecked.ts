/**
 * Loaded before the real build by `caller-check.ts`. Removes the caller gate and the caller guard
 * from the build. The request carries a caller nevertheless, because later stages need its name. A
 * warm-up request keeps the warm-up caller, so that it leaves no trace here either.
 */
import 'reflect-metadata';
import type { Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Caller } from '../src/contracts/caller.js';
import type { DatadipRequest } from '../src/platform/http/request-context.js';
import { importBuilt } from './support/built.ts';
import { API_KEY } from './support/declaration.ts';

const { AuthModule } =
  await importBuilt<typeof import('../src/modules/auth/auth.module.js')>('modules/auth/auth.module.js');
const { CallerGate } =
  await importBuilt<typeof import('../src/modules/auth/caller.gate.js')>('modules/auth/caller.gate.js');
const { WARM_UP_CALLER } = await importBuilt<typeof import('../src/contracts/caller.js')>('contracts/caller.js');

const BENCH_CALLER: Caller = {
  name: 'bench',
  tenants: new Set(['10001']),
  anyTenant: false,
  scopes: new Set(['lookup', 'operate', 'invalidate']),
  lookups: undefined,
};

const providers = Reflect.getMetadata('providers', AuthModule) as Provider[];
const remaining = providers.filter((provider) => !('provide' in provider && provider.provide === APP_GUARD));
if (remaining.length === providers.length) throw new Error('the build has no caller guard to remove');
Reflect.defineMetadata('providers', remaining, AuthModule);

CallerGate.prototype.use = (incoming, _response, next): void => {
  const request = incoming as DatadipRequest;
  request.caller = request.headers['x-api-key'] === API_KEY ? BENCH_CALLER : WARM_UP_CALLER;
  next();
};
