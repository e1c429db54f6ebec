import { Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { DipAnswering } from '../../cache/dip-answering.js';
import type { PreparedAnswer } from '../../platform/http/prepared-answer.js';
import type { HouseRequest } from '../../platform/http/request-context.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { AsksFor, DipGuard } from './dip.guard.js';
import { ProfileService } from './profile.service.js';

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
  @HttpCode(200)
  post(@Req() request: HouseRequest): PreparedAnswer | Promise<PreparedAnswer> {
    return this.dips.answer(request, (dip, priority) => this.profile.load(dip, priority));
  }

  @Get()
  get(@Req() request: HouseRequest): PreparedAnswer | Promise<PreparedAnswer> {
    return this.dips.answer(request, (dip, priority) => this.profile.load(dip, priority));
  }
}
