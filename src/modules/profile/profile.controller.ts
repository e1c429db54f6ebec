import { Controller, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { DipAnswering } from './lookup-responder.js';
import type { HouseRequest } from '../../platform/http/request-context.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { AsksFor, DipGuard } from './lookup.guard.js';
import { ProfileService } from './lookup.service.js';

/** The lookup `profile` at the address Custom Apps know. Its callers ask the platform themselves when there is only a degraded answer. */
@Controller('api/v1/profile')
@RequiresScope('lookup')
@AsksFor({ lookup: 'profile', whenDegraded: 'unavailable' })
@UseGuards(DipGuard)
export class ProfileController {
  constructor(
    private readonly dips: DipAnswering,
    private readonly profile: ProfileService,
  ) {}

  @Get()
  get(@Req() request: HouseRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }

  @Post()
  post(@Req() request: HouseRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }
}
