import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Caller } from '../../contracts/caller.js';
import { API_KEY_HEADER, SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../contracts/headers.js';
import { HttpProblem } from '../../kernel/errors.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RequestLimits } from '../../shedding/request-limits.js';
import { Callers } from './callers.js';
import { AccessTokens } from './internal/access-tokens.js';
import { basicCredentials } from './internal/basic-credentials.js';
import { REQUIRED_SCOPE, type RouteScope } from './requires-scope.decorator.js';

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i;

/**
 * Finds out who asks, whether they may, and whether they ask too much, which cannot be known before: one guard for every route, closed
 * where a route declares nothing.
 */
@Injectable()
export class CallerGuard implements CanActivate {
  private readonly scopes = new WeakMap<object, readonly RouteScope[]>();

  constructor(
    private readonly callers: Callers,
    private readonly tokens: AccessTokens,
    private readonly reflector: Reflector,
    private readonly limits: RequestLimits,
  ) {}

  /** Without a promise, except for a token seen for the first time. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const scopes = this.scopesOf(context);
    if (scopes?.includes('open') === true) return true;
    const request = context.switchToHttp().getRequest<DatadipRequest>();
    const caller = this.byCredentials(request);
    return caller instanceof Promise
      ? caller.then((found) => this.admit(request, found, scopes))
      : this.admit(request, caller, scopes);
  }

  /** Looked up once a handler: the declaration cannot change, and reading metadata costs as much as hashing a key. */
  private scopesOf(context: ExecutionContext): readonly RouteScope[] | undefined {
    const handler = context.getHandler();
    const known = this.scopes.get(handler);
    if (known !== undefined) return known;
    const scopes = this.reflector.getAllAndOverride<readonly RouteScope[] | undefined>(REQUIRED_SCOPE, [
      handler,
      context.getClass(),
    ]);
    if (scopes !== undefined) this.scopes.set(handler, scopes);
    return scopes;
  }

  private byCredentials(request: DatadipRequest): Caller | undefined | Promise<Caller | undefined> {
    const signature = request.headers[SIGNATURE_HEADER];
    const timestamp = request.headers[SIGNATURE_TIMESTAMP_HEADER];
    if (typeof signature === 'string') {
      if (typeof timestamp !== 'string' || request.rawBody === undefined) return undefined;
      return this.callers.bySignature({ signature, timestamp }, request.rawBody);
    }
    const key = request.headers[API_KEY_HEADER];
    return typeof key === 'string' ? this.callers.byKey(key) : this.byAuthorization(request.headers.authorization);
  }

  private byAuthorization(authorization: string | undefined): Caller | undefined | Promise<Caller | undefined> {
    if (authorization === undefined) return this.callers.anonymous();
    const token = BEARER.exec(authorization)?.[1];
    if (token !== undefined) return this.tokens.callerOf(token);
    const given = basicCredentials(authorization);
    return given && this.callers.byNameAndKey(given.name, given.key);
  }

  private admit(request: DatadipRequest, caller: Caller | undefined, scopes: readonly RouteScope[] | undefined): true {
    if (caller === undefined) throw new HttpProblem('unauthenticated', 401, 'valid credentials are needed');
    request.caller = caller;
    if (scopes?.some((scope) => scope !== 'open' && caller.scopes.has(scope)) !== true)
      throw new HttpProblem('wrong_scope', 403, 'this caller may not use this route');
    if (!scopes.includes('operate')) this.limits.enterAsCaller(caller.name, request);
    return true;
  }
}
