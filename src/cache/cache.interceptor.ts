import { Injectable, SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ReferenceCache } from './internal/reference-cache.js';

export interface CachedRoute {
  /** Names the answer for the whole region; a route whose answer depends on its input must not be cached here. */
  readonly name: string;
  readonly ttlMs: number;
}

const CACHED_ROUTE = 'datadip:cached-route';

/** Declares that one answer of a read-only desktop route may serve everybody for a while. */
export const CachedFor = (route: CachedRoute): MethodDecorator => SetMetadata(CACHED_ROUTE, route);

/** Answers a read-only desktop route from the reference cache: many desktops poll, one answer in a TTL is worked out. */
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
