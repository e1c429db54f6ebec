import { randomUUID } from 'node:crypto';
import type { OnModuleDestroy } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import type { TracingConfig } from '../../config/sections/tracing.js';
import { WARM_UP_CALLER } from '../../contracts/caller.js';
import type { Clock, WallClock } from '../../kernel/clock.js';
import { methodLabel } from '../http/http.metrics.js';
import type { DatadipRequest } from '../http/request-context.js';
import { VERSION } from '../metrics/version.js';
import { Collector } from './internal/collector.js';
import { Sampler } from './internal/sampler.js';
import { SpanExporter, type SpanCounts } from './internal/span-exporter.js';
import { startTrace, type SpanSource } from './span.js';
import { enableSpans, runInSpan } from './spans.js';

export interface TracingParts {
  readonly config: TracingConfig;
  readonly region: string;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Traces a part of the requests, and sends their spans to a collector. This file is loaded only if
 * tracing is configured.
 *
 * Guarantees:
 * - A request that is not traced makes no span.
 * - No answer waits for the collector or depends on it.
 * - Spans hold only what `SpanAttributes` lists.
 *
 * Does not guarantee: spans of requests without a known caller. So an unknown caller causes no cost
 * of tracing.
 */
export class Tracing implements OnModuleDestroy {
  private readonly sampler: Sampler;
  private readonly exporter: SpanExporter;
  private readonly source: SpanSource;

  constructor({ config, region, clock, wallClock, log }: TracingParts) {
    this.sampler = new Sampler(config.ratio);
    const resource = { serviceName: config.serviceName, version: VERSION, region, instance: randomUUID() };
    this.exporter = new SpanExporter(new Collector(config.url, config.headers), resource, log);
    this.source = {
      nowMs: () => clock.nowMs(),
      unixMs: () => wallClock.nowMs(),
      finished: (span) => this.exporter.add(span),
    };
    enableSpans();
  }

  get counts(): Readonly<SpanCounts> {
    return this.exporter.counts;
  }

  /**
   * The last stage before routing: the caller is known. The span begins when the request arrived.
   */
  readonly stage = (incoming: Request, _response: Response, next: NextFunction): void => {
    const request = incoming as DatadipRequest;
    if (request.caller === undefined || request.caller === WARM_UP_CALLER) {
      next();
      return;
    }
    const decision = this.sampler.decide(request.headers.traceparent, this.source.nowMs());
    if (!decision.isTraced) {
      next();
      return;
    }
    const span = startTrace(this.source, decision.parent, request.arrivedAtMs);
    request.span = span;
    runInSpan(span, next);
  };

  /** Runs when the request is over. */
  readonly requestEnded = (request: DatadipRequest, response: Response): void => {
    const { span, dip } = request;
    if (span === undefined) return;
    const method = methodLabel(request.method);
    const route = request.routeMatch?.path ?? 'unmatched';
    const status = response.writableFinished ? response.statusCode : 499;
    span.rename(`${method} ${route}`);
    span.set({
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'datadip.lookup': dip?.lookup.name,
      'datadip.cache': request.cacheOutcome,
    });
    if (status >= 500) span.failAs(`${status}`);
    span.end();
  };

  async onModuleDestroy(): Promise<void> {
    await this.exporter.close();
  }
}
