import { Controller, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { DipAnswering } from './lookup-responder.js';
import type { HouseRequest } from '../../platform/http/request-context.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { AsksFor, DipGuard } from './lookup.guard.js';
import { ProfileService } from './lookup.service.js';

/** Any declared lookup, asked by its name. */
@Controller('lookup/:name')
@RequiresScope('lookup')
@AsksFor({ whenDegraded: 'answer' })
@UseGuards(DipGuard)
export class LookupController {
  constructor(
    private readonly dips: DipAnswering,
    private readonly profile: ProfileService,
  ) {}

  @Post()
  post(@Req() request: HouseRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }

  @Get()
  get(@Req() request: HouseRequest, @Res() response: Response): void | Promise<void> {
    return this.dips.answer(request, response, this.profile);
  }
}
