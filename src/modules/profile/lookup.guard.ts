import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Dip } from '../../contracts/dip.js';
import { TENANT_HEADER } from '../../contracts/headers.js';
import { HttpProblem } from '../../kernel/errors.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RequestLimits } from '../../shedding/request-limits.js';
import { readInputs } from './internal/inputs.js';
import { LookupService } from './lookup.service.js';

/** How a route asks. */
export interface DipRoute {
  /** Absent: the route's `:name` says which. */
  readonly lookup?: string;
  readonly whenDegraded: Dip['whenDegraded'];
}

const DIP_ROUTE = 'datadip:dip-route';

/** Declares how a route asks; the guard reads it. */
export const AsksFor = (route: DipRoute): MethodDecorator & ClassDecorator => SetMetadata(DIP_ROUTE, route);

/** Validation: turns the request into a checked dip, or refuses it. Stands after the caller guard, before the read path. */
@Injectable()
export class LookupGuard implements CanActivate {
  constructor(
    private readonly profile: LookupService,
    private readonly reflector: Reflector,
    private readonly limits: RequestLimits,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<DatadipRequest>();
    const route = this.reflector.get<DipRoute | undefined>(DIP_ROUTE, context.getClass());
    if (route === undefined || request.caller === undefined) return false;
    request.dip = this.profile.ask({
      lookup: route.lookup ?? String(request.params.name),
      inputs: readInputs(queryOf(request), givenBody(request)),
      tenantHeader: tenantHeaderOf(request),
      caller: request.caller,
      arrivedAtMs: request.arrivedAtMs,
      whenDegraded: route.whenDegraded,
    });
    this.limits.enterLookup(request.dip.lookup.name, request);
    return true;
  }
}

/** Express parses the query anew each time it is asked for, also where there is none. */
function queryOf(request: DatadipRequest): unknown {
  return request.url.includes('?') ? request.query : undefined;
}

function tenantHeaderOf({ headers }: DatadipRequest): string | undefined {
  const named = headers[TENANT_HEADER];
  return typeof named === 'string' ? named : undefined;
}

/** A POST that carries nothing at all was meant to carry something. */
function givenBody(request: DatadipRequest): unknown {
  const body: unknown = request.body;
  if (body === undefined && request.method === 'POST' && Object.keys(request.query).length === 0) {
    throw new HttpProblem('invalid_json', 400, 'the body is not JSON');
  }
  return body;
}
