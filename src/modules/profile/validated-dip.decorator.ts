import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { requestOf } from '../../platform/http/request-context.js';
import type { RequestedDip } from './lookup.service.js';

/**
 * Gives the handler the dip that `LookupGuard` has validated.
 *
 * The guard validates and not a pipe on this parameter: Nest calls a parameter decorator without
 * pipes synchronously, while a pipe costs every hit three promises.
 */
export const ValidatedDip = createParamDecorator((_options: unknown, context: ExecutionContext): RequestedDip => {
  const { dip } = requestOf(context);
  if (dip === undefined) throw new TypeError('@ValidatedDip() needs @UseGuards(LookupGuard) on its controller');
  return dip as RequestedDip;
});
