import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { Clock } from '../../kernel/clock.js';
import { AnswerBatch } from '../../platform/http/fast/answer-batch.js';
import { PreparedAnswer } from '../../platform/http/fast/prepared-answer.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { CacheReads, type ReadDip } from './cache-reads.js';
import { Composer } from './composer.js';
import { composedAnswer, type ComposedAnswer, type PartAnswer } from './internal/composed-answer.js';
import type { ComposedDip } from './internal/composed-lookup.js';
import { CACHE_OUTCOMES, provenanceText, UNAVAILABLE_RETRY_AFTER_S } from './internal/provenance.js';
import { LookupMetrics } from './lookup.metrics.js';
import { RecordLog } from './record-log.js';

/** Answers a composed dip from the answers of its parts, and writes the HTTP response. */
@Injectable()
export class ComposedResponder {
  constructor(
    private readonly composer: Composer,
    private readonly clock: Clock,
    private readonly metrics: LookupMetrics,
    private readonly records: RecordLog,
    private readonly reads: CacheReads,
    private readonly batch: AnswerBatch,
  ) {}

  /** Returns no promise if the near cache answers every part. */
  respond(dip: ComposedDip, request: DatadipRequest, response: Response): void | Promise<void> {
    const read = this.reads.of(request, dip);
    return read instanceof Promise
      ? read.then((readDip) => this.compose(dip, readDip, request, response))
      : this.compose(dip, read, request, response);
  }

  private compose(
    dip: ComposedDip,
    readDip: ReadDip,
    request: DatadipRequest,
    response: Response,
  ): void | Promise<void> {
    const parts = this.composer.answer(dip, readDip);
    if (parts instanceof Promise) return parts.then((settled) => this.write(dip, settled, request, response));
    this.write(dip, parts, request, response);
  }

  private write(dip: ComposedDip, parts: readonly PartAnswer[], request: DatadipRequest, response: Response): void {
    const tookMs = this.clock.nowMs() - request.arrivedAtMs;
    const { name } = dip.lookup;
    const whole = composedAnswer(dip.lookup, parts, (field) => this.records.fieldDefaulted(name, field, 'too_long'));
    if (dip.isCounted) this.measure(dip, parts, whole, tookMs);
    request.dipParts = parts.map(({ outcome, entryKey }, at) => ({
      lookup: dip.lookup.parts[at]?.lookup.name ?? '',
      entryKey,
      cache: outcome.source === 'skipped' ? undefined : CACHE_OUTCOMES[outcome.source],
      reason: 'reason' in outcome ? outcome.reason : undefined,
    }));
    const answer = prepareAnswer(dip, whole, tookMs);
    request.cacheOutcome = answer.cacheOutcome;
    if ('reason' in whole.worst) request.dipReason = whole.worst.reason;
    if (whole.worst.source === 'degraded') request.span?.set({ 'datadip.degraded_reason': whole.worst.reason });
    this.batch.send(answer, response, request.requestId);
  }

  private measure(dip: ComposedDip, parts: readonly PartAnswer[], { worst }: ComposedAnswer, tookMs: number): void {
    this.metrics.lookupAnswered(dip.lookup.name, worst, tookMs / 1000);
    parts.forEach(({ outcome }, at) => {
      const part = dip.lookup.parts[at];
      if (part !== undefined) this.metrics.partAnswered(dip.lookup.name, part, outcome.source);
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
