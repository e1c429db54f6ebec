import { Controller, Header, HttpCode, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import type { Trial } from './internal/trial/trial.js';
import { LookupTrials } from './lookup-trials.js';
import { DipRoute, LookupGuard } from './lookup.guard.js';
import type { RequestedDip } from './lookup.service.js';
import { ValidatedDip } from './validated-dip.decorator.js';

/** Tries a lookup for an operator: one dip that is described and not stored. */
@Controller('try/:name')
@RequiresScope('operate')
@DipRoute({ whenDegraded: 'answer', isTrial: true })
@UseGuards(LookupGuard)
export class TryController {
  constructor(private readonly trials: LookupTrials) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async post(
    @ValidatedDip() dip: RequestedDip,
    @Req() request: DatadipRequest,
    @Query('values') values: unknown,
  ): Promise<Trial> {
    const { trial, dipParts } = await this.trials.run(dip, values === 'true');
    if (dipParts !== undefined) request.dipParts = dipParts;
    return trial;
  }
}
