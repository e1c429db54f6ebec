import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { WARM_UP_CALLER } from '../../contracts/caller.js';
import type { Priority } from '../../config/config.js';
import type { Dip, DipOutcome, LoadedAnswer } from '../../contracts/dip.js';
import { Clock } from '../../kernel/clock.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { prepareAnswer } from './internal/prepare-answer.js';
import { LookupCache } from '../../cache/lookup-cache.js';
import { WarmUpLoader } from '../../cache/warm-up-loader.js';

/** Who knows what a miss costs. Asked for one caller of many. */
export interface DipLoader {
  load(dip: Dip, priority: Priority): Promise<LoadedAnswer>;
}

/** Answers the dip of a request from the read path. */
@Injectable()
export class LookupResponder {
  constructor(
    private readonly readPath: LookupCache,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly rehearsal: WarmUpLoader,
  ) {}

  /**
   * Writes the answer itself: it is text already, and Nest's reply would look for streams in it first. Without a promise where a near
   * copy will do.
   */
  answer(request: DatadipRequest, response: Response, loader: DipLoader): void | Promise<void> {
    const { dip } = request;
    if (dip === undefined) throw new TypeError('a route that answers dips needs the dip guard before it');
    const from = request.caller === WARM_UP_CALLER ? this.rehearsal : loader;
    const outcome = this.readPath.answer(dip, (priority) => from.load(dip, priority));
    if (outcome instanceof Promise) return outcome.then((ended) => this.write(request, response, dip, ended));
    this.write(request, response, dip, outcome);
  }

  private write(request: DatadipRequest, response: Response, dip: Dip, outcome: DipOutcome): void {
    const tookMs = this.clock.nowMs() - request.arrivedAtMs;
    if (request.caller !== WARM_UP_CALLER) this.metrics.dipAnswered(dip.lookup.name, outcome.source, tookMs / 1000);
    const answer = prepareAnswer(dip, outcome, tookMs);
    request.cacheOutcome = answer.cacheOutcome;
    answer.writeTo(response, request.requestId);
  }
}
