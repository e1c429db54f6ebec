import { Controller, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { LookupResponder } from './lookup-responder.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { AsksFor, LookupGuard } from './lookup.guard.js';
import { LookupService } from './lookup.service.js';

/** The lookup `profile` at the address Custom Apps know. Its callers ask the platform themselves when there is only a degraded answer. */
@Controller('api/v1/profile')
@RouteOptions({ secureHeaders: false })
@RequiresScope('lookup')
@AsksFor({ lookup: 'profile', whenDegraded: 'unavailable' })
@UseGuards(LookupGuard)
export class ProfileController {
  constructor(
    private readonly dips: LookupResponder,
    private readonly profile: LookupService,
  ) {}

  @Get()
  get(@Req() request: DatadipRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }

  @Post()
  post(@Req() request: DatadipRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }
}
