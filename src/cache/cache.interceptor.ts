import { Injectable, SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ReferenceCache } from './internal/reference-cache.js';

export interface CachedRoute {
  /**
   * Names the answer, for the whole region. The answer of the route must not depend on the request.
   */
  readonly name: string;
  /** How long the answer is served, in milliseconds. */
  readonly ttlMs: number;
}

const CACHED_ROUTE = 'datadip:cached-route';

/** Declares that all callers of a read-only desktop route get the same answer for a while. */
export const CachedFor = (route: CachedRoute): MethodDecorator => SetMetadata(CACHED_ROUTE, route);

/**
 * Answers read-only desktop routes from the reference cache. Many desktops poll such a route; its
 * answer is computed once per TTL. Lookups do not pass the interceptor: `LookupCache` answers
 * lookups.
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor<unknown, unknown> {
  constructor(
    private readonly cache: ReferenceCache,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const route = this.reflector.get<CachedRoute | undefined>(CACHED_ROUTE, context.getHandler());
    if (route === undefined) return next.handle();
    return from(this.cache.wrap(`route:${route.name}`, route.ttlMs, () => lastValueFrom(next.handle())));
  }
}
