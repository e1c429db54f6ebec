import { Controller, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { LookupResponder } from './lookup-responder.js';
import { DipRoute, LookupGuard } from './lookup.guard.js';
import type { RequestedDip } from './lookup.service.js';
import { ValidatedDip } from './validated-dip.decorator.js';

/** Answers any declared lookup by its name. */
@Controller('lookup/:name')
@RouteOptions({ secureHeaders: false })
@RequiresScope('lookup')
@DipRoute({ whenDegraded: 'answer' })
@UseGuards(LookupGuard)
export class LookupController {
  constructor(private readonly responder: LookupResponder) {}

  @Post()
  post(
    @ValidatedDip() dip: RequestedDip,
    @Req() request: DatadipRequest,
    @Res() response: Response,
  ): void | Promise<void> {
    return this.responder.respond(dip, request, response);
  }

  @Get()
  get(
    @ValidatedDip() dip: RequestedDip,
    @Req() request: DatadipRequest,
    @Res() response: Response,
  ): void | Promise<void> {
    return this.responder.respond(dip, request, response);
  }
}
