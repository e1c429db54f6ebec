import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../../kernel/clock.js';
import { HttpProblem, type OAuthProblem } from '../../../kernel/errors.js';
import { Gcra, perSecondRate, type Rate } from '../../../kernel/gcra.js';
import { networkOf } from './network-address.js';

/** A platform caches a token for an hour, so 10 requests in a second serve 36,000 of its caches. */
const CLIENT_RATE = perSecondRate(10, 100);
const TOTAL_RATE = perSecondRate(100, 500);
const FAILURES_OF_ADDRESS = perSecondRate(2, 60);
const FAILURES_IN_TOTAL = perSecondRate(20, 300);
/** Addresses in memory. The address that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000;

/**
 * The limits of `POST /oauth/token`, in this process.
 *
 * Guarantees:
 * - A client gets 100 tokens at once and 10 in a second after that; all clients together get 500
 *   and 100.
 * - Failed requests of one address get 429 after 60 at once and 2 in a second; all addresses
 *   together after 300 and 20.
 * - Failed requests take nothing from a client with the right key: no caller can be locked out.
 */
@Injectable()
export class TokenLimits {
  private readonly clients = new Map<string, Gcra>();
  private readonly total = new Gcra();
  private readonly addresses = new LRUCache<string, Gcra>({ max: MAX_ADDRESSES });
  private readonly failures = new Gcra();

  constructor(private readonly clock: Clock) {}

  /**
   * Records a token for a client. The names are names of declared callers, so the number of names
   * is bounded.
   *
   * @throws {HttpProblem} 429
   */
  acquire(client: string): void {
    const gcra = this.clients.get(client) ?? new Gcra();
    this.clients.set(client, gcra);
    const problem = this.exceeded([
      [gcra, CLIENT_RATE],
      [this.total, TOTAL_RATE],
    ]);
    if (problem !== undefined) throw problem;
  }

  /**
   * Records a request without the right key.
   *
   * @returns 429 above the limits, otherwise `problem`
   */
  refusal(address: string | undefined, problem: OAuthProblem): HttpProblem {
    const network = networkOf(address);
    const gcra = this.addresses.get(network) ?? new Gcra();
    this.addresses.set(network, gcra);
    const limits = [
      [gcra, FAILURES_OF_ADDRESS],
      [this.failures, FAILURES_IN_TOTAL],
    ] as const;
    return this.exceeded(limits) ?? problem;
  }

  /** Records one request in all limits, or in none. */
  private exceeded(limits: readonly (readonly [Gcra, Rate])[]): HttpProblem | undefined {
    const nowMs = this.clock.nowMs();
    const delayMs = Math.max(...limits.map(([gcra, rate]) => gcra.delayMs(rate, nowMs)));
    if (delayMs > 0)
      return new HttpProblem('too_many_requests', 429, 'token request limit exceeded', Math.ceil(delayMs / 1000));
    for (const [gcra, rate] of limits) gcra.record(rate, nowMs);
    return undefined;
  }
}
