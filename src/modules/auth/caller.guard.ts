import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { HttpProblem } from '../../kernel/errors.js';
import { callerOf, requestOf } from '../../platform/http/request-context.js';
import { mayUse } from './caller.gate.js';
import { REQUIRED_SCOPE, type RouteScope } from './requires-scope.decorator.js';

/**
 * Checks that the caller gate has admitted the caller of a request, and for a scope of its handler.
 * This guard protects every route, also a route that the gate does not know. A route without a
 * declared scope refuses every caller.
 */
@Injectable()
export class CallerGuard implements CanActivate {
  private readonly scopes = new WeakMap<object, readonly RouteScope[]>();

  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const scopes = this.scopesOf(context);
    if (scopes?.includes('open') === true) return true;
    if (!mayUse(callerOf(requestOf(context)), scopes ?? []))
      throw new HttpProblem('wrong_scope', 403, 'caller lacks the required scope');
    return true;
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
}
