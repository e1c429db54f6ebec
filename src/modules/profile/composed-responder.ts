import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { LookupCache } from '../../cache/lookup-cache.js';
import { WARM_UP_CALLER } from '../../contracts/caller.js';
import { AFTER_HEADER } from '../../contracts/headers.js';
import { Clock } from '../../kernel/clock.js';
import { AnswerBatch } from '../../platform/http/fast/answer-batch.js';
import { PreparedAnswer } from '../../platform/http/fast/prepared-answer.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { Positions } from '../../regions/positions.js';
import { WarmUpLoader } from '../../warmup/warm-up-loader.js';
import { Composer, type AnswerDip } from './composer.js';
import { composedAnswer, type ComposedAnswer, type PartAnswer } from './internal/composed-answer.js';
import type { ComposedDip } from './internal/composed-lookup.js';
import { CACHE_OUTCOMES, provenanceText, UNAVAILABLE_RETRY_AFTER_S } from './internal/provenance.js';
import { LookupMetrics } from './lookup.metrics.js';
import { OriginLoader } from './origin-loader.js';
import { RecordLog } from './record-log.js';

/** Answers a composed dip from the answers of its parts, and writes the HTTP response. */
@Injectable()
export class ComposedResponder {
  constructor(
    private readonly composer: Composer,
    private readonly cache: LookupCache,
    private readonly originLoader: OriginLoader,
    private readonly warmUpLoader: WarmUpLoader,
    private readonly clock: Clock,
    private readonly metrics: LookupMetrics,
    private readonly records: RecordLog,
    private readonly positions: Positions,
    private readonly batch: AnswerBatch,
  ) {}

  /** Returns no promise if the near cache answers every part. */
  respond(dip: ComposedDip, request: DatadipRequest, response: Response): void | Promise<void> {
    const after =
      request.headers[AFTER_HEADER] === undefined ? undefined : this.positions.ofRequest(request.headers, dip.tenant);
    if (after !== undefined) {
      return this.answerDipAfter(dip, after).then((answerDip) => this.compose(dip, answerDip, request, response));
    }
    const loader = request.caller === WARM_UP_CALLER ? this.warmUpLoader : this.originLoader;
    return this.compose(dip, (part) => this.cache.answer(part, loader), request, response);
  }

  /** If the region has not applied the events in time, every part is loaded from its origin. */
  private async answerDipAfter(
    { deadline }: ComposedDip,
    after: NonNullable<ReturnType<Positions['ofRequest']>>,
  ): Promise<AnswerDip> {
    const isReached = await this.positions.reached(after, deadline, deadline.remainingMs() / 2);
    return (part) => this.cache.answerPastNear(part, this.originLoader, !isReached);
  }

  private compose(
    dip: ComposedDip,
    answerDip: AnswerDip,
    request: DatadipRequest,
    response: Response,
  ): void | Promise<void> {
    const parts = this.composer.answer(dip, answerDip);
    if (parts instanceof Promise) return parts.then((settled) => this.write(dip, settled, request, response));
    this.write(dip, parts, request, response);
  }

  private write(dip: ComposedDip, parts: readonly PartAnswer[], request: DatadipRequest, response: Response): void {
    const tookMs = this.clock.nowMs() - request.arrivedAtMs;
    const { name } = dip.lookup;
    const whole = composedAnswer(dip.lookup, parts, (field) => this.records.fieldDefaulted(name, field, 'too_long'));
    if (dip.isCounted) this.measure(dip, parts, whole, tookMs);
    request.dipParts = parts.map(({ outcome: { source }, entryKey }, at) => ({
      lookup: dip.lookup.parts[at]?.lookup.name ?? '',
      entryKey,
      cache: source === 'skipped' ? undefined : CACHE_OUTCOMES[source],
    }));
    const answer = prepareAnswer(dip, whole, tookMs);
    request.cacheOutcome = answer.cacheOutcome;
    this.batch.send(answer, response, request.requestId);
  }

  private measure(dip: ComposedDip, parts: readonly PartAnswer[], { worst }: ComposedAnswer, tookMs: number): void {
    this.metrics.lookupAnswered(dip.lookup.name, worst.source, tookMs / 1000);
    parts.forEach(({ outcome }, at) => {
      const part = dip.lookup.parts[at];
      if (part !== undefined) this.metrics.partAnswered(dip.lookup.name, part.lookup.name, outcome.source);
    });
  }
}

/** The status is 503 only if no part has an answer, and if the route asks for 503. */
function prepareAnswer(dip: ComposedDip, whole: ComposedAnswer, tookMs: number): PreparedAnswer {
  const { text, worst, missing } = whole;
  const named = `,"partial":${missing.length > 0},"missing":"${missing.join(',')}"}`;
  const json = text.slice(0, -1) + provenanceText(worst, tookMs) + named;
  const isUnavailable = worst.source === 'degraded' && missing.length === dip.lookup.parts.length;
  return isUnavailable && dip.whenDegraded === 'unavailable'
    ? new PreparedAnswer(503, json, 'DEGRADED', UNAVAILABLE_RETRY_AFTER_S)
    : new PreparedAnswer(200, json, CACHE_OUTCOMES[worst.source]);
}
