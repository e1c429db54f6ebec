import { Injectable } from '@nestjs/common';
import { REHEARSAL } from '../contracts/caller.js';
import type { Priority } from '../config/config.js';
import type { Dip, DipOutcome, LoadedAnswer } from '../contracts/dip.js';
import { Clock } from '../kernel/clock.js';
import type { PreparedAnswer } from '../platform/http/prepared-answer.js';
import type { HouseRequest } from '../platform/http/request-context.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { prepareAnswer } from './prepare-answer.js';
import { ReadPath } from './read-path.js';

/** Answers the dip of a request from the read path. What a miss costs is the caller's to say: it is run for one caller of many. */
@Injectable()
export class DipAnswering {
  constructor(
    private readonly readPath: ReadPath,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** Without a promise where a near copy will do. */
  answer(
    request: HouseRequest,
    load: (dip: Dip, priority: Priority) => Promise<LoadedAnswer>,
  ): PreparedAnswer | Promise<PreparedAnswer> {
    const { dip } = request;
    if (dip === undefined) throw new TypeError('a route that answers dips needs the dip guard before it');
    const outcome = this.readPath.answer(dip, (priority) => load(dip, priority));
    if (outcome instanceof Promise) return outcome.then((ended) => this.answered(request, dip, ended));
    return this.answered(request, dip, outcome);
  }

  private answered({ arrivedAtMs, caller }: HouseRequest, dip: Dip, outcome: DipOutcome): PreparedAnswer {
    const tookMs = this.clock.nowMs() - arrivedAtMs;
    if (caller !== REHEARSAL) this.metrics.dipAnswered(dip.lookup.name, outcome.source, tookMs / 1000);
    return prepareAnswer(dip, outcome, tookMs);
  }
}
