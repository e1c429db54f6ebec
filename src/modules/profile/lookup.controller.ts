import { Controller, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { LookupResponder } from './lookup-responder.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { AsksFor, LookupGuard } from './lookup.guard.js';
import { LookupService } from './lookup.service.js';

/** Any declared lookup, asked by its name. */
@Controller('lookup/:name')
@RouteOptions({ secureHeaders: false })
@RequiresScope('lookup')
@AsksFor({ whenDegraded: 'answer' })
@UseGuards(LookupGuard)
export class LookupController {
  constructor(
    private readonly dips: LookupResponder,
    private readonly profile: LookupService,
  ) {}

  @Post()
  post(@Req() request: DatadipRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }

  @Get()
  get(@Req() request: DatadipRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }
}
