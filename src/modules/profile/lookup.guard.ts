import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Dip } from '../../contracts/dip.js';
import { TENANT_HEADER } from '../../contracts/headers.js';
import { HttpProblem } from '../../kernel/errors.js';
import { type DatadipRequest, callerOf, requestOf } from '../../platform/http/request-context.js';
import { RequestLimits } from '../../shedding/request-limits.js';
import { readInputs } from './internal/inputs.js';
import { LookupService } from './lookup.service.js';

/** How the routes of a controller make a dip of a request. */
export interface DipRouteOptions {
  /** The lookup of the route. `undefined` means the lookup named by the route's `:name`. */
  readonly lookup?: string;
  readonly whenDegraded: Dip['whenDegraded'];
  /**
   * `true`: the dip is a trial, which does not count as popular. Its inputs are in the body only.
   * Default: `false`.
   */
  readonly isTrial?: boolean;
}

const DIP_ROUTE = 'datadip:dip-route';

/**
 * Declares how the routes of a controller make a dip of a request. `LookupGuard` reads the
 * declaration.
 */
export const DipRoute = (options: DipRouteOptions): ClassDecorator => SetMetadata(DIP_ROUTE, options);

/**
 * Validates a data dip: makes a `Dip` of the request, or throws a problem. Runs after the caller
 * guard. The handler gets the dip by `@ValidatedDip()`.
 */
@Injectable()
export class LookupGuard implements CanActivate {
  private readonly routes = new WeakMap<object, DipRouteOptions>();

  constructor(
    private readonly lookups: LookupService,
    private readonly reflector: Reflector,
    private readonly limits: RequestLimits,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const route = this.routeOf(context.getClass());
    if (route === undefined) return false;
    const dip = this.lookups.createDip({
      lookup: route.lookup ?? String(request.params.name),
      inputs: readInputs(route.isTrial === true ? undefined : parsedQuery(request), parsedBody(request)),
      tenantHeader: tenantHeader(request),
      caller: callerOf(request),
      deadline: request.deadline,
      whenDegraded: route.whenDegraded,
      isTrial: route.isTrial === true,
    });
    request.dip = dip;
    this.limits.acquireForLookup(dip.lookup.name, request);
    return true;
  }

  /** Cached, because a declaration never changes. */
  private routeOf(controller: object & (new () => unknown)): DipRouteOptions | undefined {
    const known = this.routes.get(controller);
    if (known !== undefined) return known;
    const route = this.reflector.get<DipRouteOptions | undefined>(DIP_ROUTE, controller);
    if (route !== undefined) this.routes.set(controller, route);
    return route;
  }
}

/** Express parses the query on every access, also where the URL has no query. */
function parsedQuery(request: DatadipRequest): unknown {
  return request.url.includes('?') ? request.query : undefined;
}

function tenantHeader({ headers }: DatadipRequest): string | undefined {
  const tenant = headers[TENANT_HEADER];
  return typeof tenant === 'string' ? tenant : undefined;
}

/**
 * @throws {HttpProblem} 400 for a POST with neither a body nor a query: the caller meant to send
 *   inputs
 */
function parsedBody(request: DatadipRequest): unknown {
  const body: unknown = request.body;
  if (body === undefined && request.method === 'POST' && Object.keys(request.query).length === 0) {
    throw new HttpProblem('invalid_json', 400, 'request body is not JSON');
  }
  return body;
}
