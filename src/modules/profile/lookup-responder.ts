import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { WARM_UP_CALLER } from '../../contracts/caller.js';
import type { Dip, DipOutcome } from '../../contracts/dip.js';
import { Clock } from '../../kernel/clock.js';
import { AnswerBatch } from '../../platform/http/fast/answer-batch.js';
import { PreparedAnswer } from '../../platform/http/fast/prepared-answer.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { CacheReads, type ReadDip } from './cache-reads.js';
import { ComposedResponder } from './composed-responder.js';
import type { LookupDip } from './internal/compiled-lookup.js';
import { CACHE_OUTCOMES, provenanceText, UNAVAILABLE_RETRY_AFTER_S } from './internal/provenance.js';
import { LookupMetrics } from './lookup.metrics.js';
import type { RequestedDip } from './lookup.service.js';

/** Answers a dip from the lookup cache, and writes the HTTP response. */
@Injectable()
export class LookupResponder {
  constructor(
    private readonly reads: CacheReads,
    private readonly clock: Clock,
    private readonly metrics: LookupMetrics,
    private readonly composed: ComposedResponder,
    private readonly batch: AnswerBatch,
  ) {}

  /**
   * Writes the response itself: the answer is already JSON text, and Nest's reply would look for
   * streams in the text first. Returns no promise on a near hit: a promise is a tenth of the cost
   * of a near hit.
   */
  respond(dip: RequestedDip, request: DatadipRequest, response: Response): void | Promise<void> {
    if ('inputs' in dip) return this.composed.respond(dip, request, response);
    // A dip without a key reads nothing, so it waits for nothing.
    const read = dip.subject === undefined ? this.reads.atOnce(request) : this.reads.of(request, dip);
    if (read instanceof Promise) return this.respondAfter(read, dip, request, response);
    const nowMs = this.clock.nowMs();
    const outcome = read(dip, nowMs);
    if (outcome instanceof Promise) return outcome.then((settled) => this.write(dip, settled, request, response));
    this.write(dip, outcome, request, response, nowMs, true);
  }

  private async respondAfter(
    waiting: Promise<ReadDip>,
    dip: LookupDip,
    request: DatadipRequest,
    response: Response,
  ): Promise<void> {
    const read = await waiting;
    this.write(dip, await read(dip), request, response);
  }

  private write(
    dip: Dip,
    outcome: DipOutcome,
    request: DatadipRequest,
    response: Response,
    nowMs = this.clock.nowMs(),
    isNear = false,
  ): void {
    const tookMs = nowMs - request.arrivedAtMs;
    if (request.caller !== WARM_UP_CALLER) this.metrics.lookupAnswered(dip.lookup.name, outcome, tookMs / 1000);
    const answer = prepareAnswer(dip, outcome, tookMs);
    request.cacheOutcome = answer.cacheOutcome;
    if (outcome.source === 'degraded' || outcome.source === 'none') request.dipReason = outcome.reason;
    if (outcome.source === 'degraded') request.span?.set({ 'datadip.degraded_reason': outcome.reason });
    if (isNear) this.batch.send(answer, response, request.requestId);
    else answer.writeTo(response, request.requestId);
  }
}

/** The flat object of the answer: the declared part, then the source, the latency and the error. */
function prepareAnswer(dip: Dip, outcome: DipOutcome, tookMs: number): PreparedAnswer {
  const { source } = outcome;
  const json = answerJson(dip, outcome, tookMs);
  return source === 'degraded' && dip.whenDegraded === 'unavailable'
    ? new PreparedAnswer(503, json, 'DEGRADED', UNAVAILABLE_RETRY_AFTER_S)
    : new PreparedAnswer(200, json, CACHE_OUTCOMES[source]);
}

/** Appends the members to the declared part as text, because parsing the answer costs time. */
function answerJson(dip: Dip, outcome: DipOutcome, tookMs: number): string {
  const { source } = outcome;
  const text = source === 'degraded' || source === 'none' ? dip.lookup.defaults : outcome.text;
  return `${text.slice(0, -1)}${provenanceText(outcome, tookMs)}}`;
}
