import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';

/** The token of one client. */
export interface TokenFigures {
  readonly platform: string;
  readonly expiresInS: number;
  /** `undefined` means that there is no token. */
  readonly ageS: number | undefined;
}

@Injectable()
export class TokenMetrics {
  private readonly failures: Counter<'platform' | 'reason'>;

  constructor(private readonly registry: MetricsRegistry) {
    this.failures = registry.counter('datadip_token_failures_total', 'Token requests that failed, by reason', [
      'platform',
      'reason',
    ]);
  }

  tokenRequestFailed(platform: string, reason: string): void {
    this.failures.inc({ platform, reason });
  }

  /**
   * Shows the shortest remaining life and the greatest age among the clients of each platform.
   *
   * @param tokens reads the current tokens
   */
  readTokens(tokens: () => readonly TokenFigures[]): void {
    this.registry.collectedGauge({
      name: 'datadip_token_expires_in_seconds',
      help: 'Remaining life of the token for a platform; 0 means that there is no token',
      labelNames: ['platform'],
      collect: () => worstByPlatform(tokens(), ({ expiresInS }) => expiresInS, Math.min),
    });
    this.registry.collectedGauge({
      name: 'datadip_token_age_seconds',
      help: 'Age of the token for a platform',
      labelNames: ['platform'],
      collect: () => worstByPlatform(tokens(), ({ ageS }) => ageS, Math.max),
    });
  }
}

function worstByPlatform(
  tokens: readonly TokenFigures[],
  figure: (token: TokenFigures) => number | undefined,
  worst: (a: number, b: number) => number,
): (readonly [{ platform: string }, number])[] {
  const values = new Map<string, number>();
  for (const token of tokens) {
    const value = figure(token);
    if (value !== undefined) values.set(token.platform, worst(value, values.get(token.platform) ?? value));
  }
  return [...values].map(([platform, value]) => [{ platform }, value]);
}
