import { Injectable } from '@nestjs/common';
import type { Counter, Gauge, Histogram } from 'prom-client';
import type { Priority } from '../../config/config.js';
import { MetricsRegistry } from './metrics-registry.js';

export type OriginOutcome = 'ok' | 'not_found' | 'timeout' | 'error' | 'rate_limited' | 'token_refused';
export type ShedReason = 'concurrency' | 'queue' | 'rate' | 'paused' | 'circuit';

interface TokenFigures {
  readonly platform: string;
  readonly expiresInS: number;
  readonly ageS: number | undefined;
}

/** The metrics of the origins room. They move there next. */
@Injectable()
export class Metrics {
  readonly originInFlight: Gauge<'system'>;
  private readonly requests: Counter<'system' | 'outcome'>;
  private readonly duration: Histogram<'system'>;
  private readonly sheds: Counter<'system' | 'reason' | 'priority'>;
  private readonly tokenFailures: Counter<'platform' | 'reason'>;

  constructor(private readonly registry: MetricsRegistry) {
    this.originInFlight = registry.gauge('datadip_origin_in_flight', 'Calls to a system of record in flight', [
      'system',
    ]);
    this.requests = registry.counter('datadip_origin_requests_total', 'Calls to a system of record', [
      'system',
      'outcome',
    ]);
    this.duration = registry.latencyHistogram('datadip_origin_duration_seconds', 'Time of a call', ['system']);
    this.sheds = registry.counter('datadip_shed_total', 'Calls that admission refused', [
      'system',
      'reason',
      'priority',
    ]);
    this.tokenFailures = registry.counter('datadip_token_failures_total', 'Token requests that failed', [
      'platform',
      'reason',
    ]);
  }

  originAnswered(system: string, outcome: OriginOutcome, seconds: number): void {
    this.requests.inc({ system, outcome });
    this.duration.observe({ system }, seconds);
  }

  readOriginLimits(limits: () => readonly (readonly [system: string, limit: number])[]): void {
    this.registry.collectedGauge({
      name: 'datadip_origin_limit',
      help: 'Calls to a system of record that may be in flight',
      labelNames: ['system'],
      collect: () => limits().map(([system, limit]) => [{ system }, limit]),
    });
  }

  readTokens(tokens: () => readonly TokenFigures[]): void {
    const worst = (figure: (token: TokenFigures) => number | undefined, of: (a: number, b: number) => number) => {
      const values = new Map<string, number>();
      for (const token of tokens()) {
        const value = figure(token);
        if (value !== undefined) values.set(token.platform, of(value, values.get(token.platform) ?? value));
      }
      return [...values].map(([platform, value]) => [{ platform }, value] as const);
    };
    this.registry.collectedGauge({
      name: 'datadip_token_expires_in_seconds',
      help: 'Remaining life of the token for a platform; 0 means that there is no token',
      labelNames: ['platform'],
      collect: () => worst(({ expiresInS }) => expiresInS, Math.min),
    });
    this.registry.collectedGauge({
      name: 'datadip_token_age_seconds',
      help: 'Age of the token for a platform',
      labelNames: ['platform'],
      collect: () => worst(({ ageS }) => ageS, Math.max),
    });
  }

  tokenFailed(platform: string, reason: string): void {
    this.tokenFailures.inc({ platform, reason });
  }

  shed(system: string, reason: ShedReason, priority: Priority): void {
    this.sheds.inc({ system, reason, priority });
  }
}
