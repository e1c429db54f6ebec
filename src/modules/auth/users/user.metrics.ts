import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../../../platform/metrics/metrics-registry.js';

/**
 * The outcome of one check of a token.
 *
 * - `accepted`: the token belongs to a user of a declared organization.
 * - `refused`: the platform refused the token.
 * - `wrong_organization`: the user belongs to no declared organization.
 * - `over_budget`: a limit of the system or of unknown tokens was reached.
 * - `over_address_limit`: the network address sent too many unknown tokens.
 * - `unavailable`: the platform gave no usable answer.
 */
export type CheckOutcome =
  'accepted' | 'refused' | 'wrong_organization' | 'over_budget' | 'over_address_limit' | 'unavailable';

/** Counts the checks of users' tokens. An answer from the memory is no check. */
@Injectable()
export class UserMetrics {
  private readonly checks: Counter<'outcome'>;

  constructor(registry: MetricsRegistry) {
    this.checks = registry.counter(
      'datadip_user_token_checks_total',
      'Checks of tokens of Genesys Cloud users at the platform, by outcome',
      ['outcome'],
    );
  }

  checked(outcome: CheckOutcome): void {
    this.checks.inc({ outcome });
  }
}
