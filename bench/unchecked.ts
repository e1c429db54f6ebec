/**
 * Loaded before the real build by `caller-check.ts`: leaves the caller guard out. Who asks stands on the request all the same, since the
 * stages behind want a name, and a rehearsal must leave nothing behind here either.
 */
import 'reflect-metadata';
import type { ExecutionContext, Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Caller } from '../src/contracts/caller.js';
import type { DatadipRequest } from '../src/platform/http/request-context.js';
import { API_KEY } from './support/declaration.ts';
import { DIST } from './support/places.ts';

const [auth, dips, callers] = await Promise.all(
  ['modules/auth/auth.module.js', 'modules/profile/lookup.guard.js', 'contracts/caller.js'].map(build),
);
const { AuthModule } = auth as typeof import('../src/modules/auth/auth.module.js');
const { LookupGuard } = dips as typeof import('../src/modules/profile/lookup.guard.js');
const { WARM_UP_CALLER } = callers as typeof import('../src/contracts/caller.js');

const BENCH_CALLER: Caller = {
  name: 'bench',
  tenants: new Set(['10001']),
  anyTenant: false,
  scopes: new Set(['lookup', 'operate', 'invalidate']),
};

const providers = Reflect.getMetadata('providers', AuthModule) as Provider[];
const left = providers.filter((provider) => !('provide' in provider && provider.provide === APP_GUARD));
if (left.length === providers.length) throw new Error('there is no caller guard to leave out');
Reflect.defineMetadata('providers', left, AuthModule);

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
const { canActivate } = LookupGuard.prototype;
LookupGuard.prototype.canActivate = function named(context: ExecutionContext): boolean {
  const request = context.switchToHttp().getRequest<DatadipRequest>();
  request.caller = request.headers['x-api-key'] === API_KEY ? BENCH_CALLER : WARM_UP_CALLER;
  return canActivate.call(this, context);
};

async function build(path: string): Promise<unknown> {
  return import(pathToFileURL(join(DIST, path)).href);
}
