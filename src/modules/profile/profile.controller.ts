import { Controller, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { LookupResponder } from './lookup-responder.js';
import { DipRoute, LookupGuard } from './lookup.guard.js';
import type { RequestedDip } from './lookup.service.js';
import { ValidatedDip } from './validated-dip.decorator.js';

/**
 * Answers the lookup `profile` at the address that Custom Apps call. A Custom App can ask the
 * platform itself, so a degraded answer is sent as 503.
 */
@Controller('api/v1/profile')
@RouteOptions({ secureHeaders: false })
@RequiresScope('lookup')
@DipRoute({ lookup: 'profile', whenDegraded: 'unavailable' })
@UseGuards(LookupGuard)
export class ProfileController {
  constructor(private readonly responder: LookupResponder) {}

  @Get()
  get(
    @ValidatedDip() dip: RequestedDip,
    @Req() request: DatadipRequest,
    @Res() response: Response,
  ): void | Promise<void> {
    return this.responder.respond(dip, request, response);
  }

  @Post()
  post(
    @ValidatedDip() dip: RequestedDip,
    @Req() request: DatadipRequest,
    @Res() response: Response,
  ): void | Promise<void> {
    return this.responder.respond(dip, request, response);
  }
}
