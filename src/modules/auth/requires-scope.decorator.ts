import { SetMetadata } from '@nestjs/common';
import type { Scope } from '../../config/sections/callers.js';

export const REQUIRED_SCOPE = 'datadip:required-scope';

/** The scope that a route requires. `open` means that the route needs no credentials. */
export type RouteScope = Scope | 'open';

/**
 * Declares the scopes of a route. The service does not start if a route declares none. If a route
 * declares several, the caller needs one of them, and the handler checks which scope the request
 * needs.
 */
export const RequiresScope = (...scopes: readonly RouteScope[]): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIRED_SCOPE, scopes);
