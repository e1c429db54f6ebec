import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Caller } from '../../contracts/caller.js';
import { API_KEY_HEADER, SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../contracts/headers.js';
import { HttpProblem } from '../../kernel/errors.js';
import { type DatadipRequest, requestOf } from '../../platform/http/request-context.js';
import { RequestLimits } from '../../shedding/request-limits.js';
import { Callers } from './callers.js';
import { AccessTokens } from './internal/access-tokens.js';
import { basicCredentials } from './internal/basic-credentials.js';
import { REQUIRED_SCOPE, type RouteScope } from './requires-scope.decorator.js';

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i;

/**
 * Authenticates the caller, checks the caller's scopes, and applies the caller's request limits.
 * This guard protects every route. A route without a declared scope refuses every caller.
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

  /** Returns a promise only for a token that this process has not verified before. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const scopes = this.scopesOf(context);
    if (scopes?.includes('open') === true) return true;
    const request = requestOf(context);
    const caller = this.findCaller(request);
    return caller instanceof Promise
      ? caller.then((verified) => this.admit(request, verified, scopes))
      : this.admit(request, caller, scopes);
  }

  /**
   * Cached per handler: a declaration never changes, and reading metadata costs as much as hashing
   * a key.
   */
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

  private findCaller(request: DatadipRequest): Caller | undefined | Promise<Caller | undefined> {
    const signature = request.headers[SIGNATURE_HEADER];
    const timestamp = request.headers[SIGNATURE_TIMESTAMP_HEADER];
    if (typeof signature === 'string') {
      if (typeof timestamp !== 'string' || request.rawBody === undefined) return undefined;
      return this.callers.findBySignature({ signature, timestamp }, request.rawBody);
    }
    const key = request.headers[API_KEY_HEADER];
    return typeof key === 'string'
      ? this.callers.findByKey(key)
      : this.findByAuthorization(request.headers.authorization);
  }

  private findByAuthorization(authorization: string | undefined): Caller | undefined | Promise<Caller | undefined> {
    if (authorization === undefined) return this.callers.findAnonymous();
    const token = BEARER.exec(authorization)?.[1];
    if (token !== undefined) return this.tokens.findCaller(token);
    const credentials = basicCredentials(authorization);
    return credentials && this.callers.findByNameAndKey(credentials.name, credentials.key);
  }

  private admit(request: DatadipRequest, caller: Caller | undefined, scopes: readonly RouteScope[] | undefined): true {
    if (caller === undefined) throw new HttpProblem('unauthenticated', 401, 'valid credentials required');
    request.caller = caller;
    if (scopes?.some((scope) => scope !== 'open' && caller.scopes.has(scope)) !== true)
      throw new HttpProblem('wrong_scope', 403, 'caller lacks the required scope');
    if (!scopes.includes('operate')) this.limits.acquireForCaller(caller.name, request);
    return true;
  }
}
