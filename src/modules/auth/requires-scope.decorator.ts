import { SetMetadata } from '@nestjs/common';
import type { Scope } from '../../config/config.js';

export const REQUIRED_SCOPE = 'datadip:required-scope';

/** Who may use a route. `open` is for probes alone. */
export type RouteScope = Scope | 'open';

/** Every route declares one; a route that does not keeps the service from starting. Of several, a caller needs one: the handler looks which. */
export const RequiresScope = (...scopes: readonly RouteScope[]): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIRED_SCOPE, scopes);
