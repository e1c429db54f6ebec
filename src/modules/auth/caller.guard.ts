import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Caller } from '../../contracts/caller.js';
import { API_KEY_HEADER, SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../contracts/headers.js';
import { Refusal } from '../../kernel/errors.js';
import type { HouseRequest } from '../../platform/http/request-context.js';
import { RequestLimits } from '../../shedding/request-limits.js';
import { Callers } from './internal/callers.js';
import { REQUIRED_SCOPE, type RouteScope } from './requires-scope.decorator.js';

const BASIC = /^Basic ([A-Za-z0-9+/=_-]+)$/i;

/** Finds out who asks, whether they may, and whether they ask too much, which cannot be known before: one guard for every route, closed where a route declares nothing. */
@Injectable()
export class CallerGuard implements CanActivate {
  private readonly scopes = new WeakMap<object, RouteScope>();

  constructor(
    private readonly callers: Callers,
    private readonly reflector: Reflector,
    private readonly limits: RequestLimits,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const scope = this.scopeOf(context);
    if (scope === 'open') return true;
    const request = context.switchToHttp().getRequest<HouseRequest>();
    request.caller = this.identify(request);
    if (scope === undefined || !request.caller.scopes.has(scope)) {
      throw new Refusal('wrong_scope', 403, 'this caller may not use this route');
    }
    if (scope !== 'operate') this.limits.enterAsCaller(request.caller.name, context.switchToHttp().getResponse());
    return true;
  }

  /** Looked up once a handler: the declaration cannot change, and reading metadata costs as much as hashing a key. */
  private scopeOf(context: ExecutionContext): RouteScope | undefined {
    const handler = context.getHandler();
    const known = this.scopes.get(handler);
    if (known !== undefined) return known;
    const scope = this.reflector.getAllAndOverride<RouteScope | undefined>(REQUIRED_SCOPE, [
      handler,
      context.getClass(),
    ]);
    if (scope !== undefined) this.scopes.set(handler, scope);
    return scope;
  }

  private identify(request: HouseRequest): Caller {
    const caller = this.byCredentials(request);
    if (caller === undefined) throw new Refusal('unauthenticated', 401, 'valid credentials are needed');
    return caller;
  }

  private byCredentials(request: HouseRequest): Caller | undefined {
    const signature = request.headers[SIGNATURE_HEADER];
    const timestamp = request.headers[SIGNATURE_TIMESTAMP_HEADER];
    if (typeof signature === 'string') {
      if (typeof timestamp !== 'string' || request.rawBody === undefined) return undefined;
      return this.callers.bySignature({ signature, timestamp }, request.rawBody);
    }
    const key = request.headers[API_KEY_HEADER];
    return typeof key === 'string' ? this.callers.byKey(key) : this.byAuthorization(request.headers.authorization);
  }

  private byAuthorization(authorization: string | undefined): Caller | undefined {
    if (authorization === undefined) return this.callers.anonymous();
    const encoded = BASIC.exec(authorization)?.[1];
    if (encoded === undefined) return undefined;
    const [, name, key] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
    return name === undefined || key === undefined ? undefined : this.callers.byNameAndKey(name, key);
  }
}
