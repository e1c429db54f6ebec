import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { Invalidator, type InvalidationRequest, type InvalidationResult } from '../../cache/invalidator.js';
import type { Caller } from '../../contracts/caller.js';
import { customerRef, type CustomerRef } from '../../contracts/customer.js';
import { StoreUnavailable } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { InvalidationMetrics, type InvalidationSource } from './invalidation.metrics.js';
import { SignedRequests, type SignedMark } from './signed-requests.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';

declareLogFields({
  audit: 'text',
  source: 'text',
  caller: 'text',
  tenant: 'text',
  customer: 'text',
  alsoCustomers: 'number',
  event: 'text',
  critical: 'boolean',
  invalidated: 'number',
  outcome: 'text',
});

/** Something happened that makes what we know of these customers wrong. */
export interface Invalidation {
  readonly source: InvalidationSource;
  readonly caller: Caller;
  readonly tenant: string;
  readonly customerId: string;
  /** Ids of customers that are invalidated with it. */
  readonly others: readonly string[];
  readonly eventId: string | undefined;
  /** What was signed; absent: nothing. Counts where the event has no id. */
  readonly signedAs: string | undefined;
  readonly critical: boolean;
}

/** Carries out an invalidation, counts it, and leaves one audit line an event. */
@Injectable()
export class InvalidationService {
  constructor(
    private readonly forgetting: Invalidator,
    private readonly signed: SignedRequests,
    private readonly hmac: Hmac,
    private readonly metrics: InvalidationMetrics,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** @throws {StoreUnavailable} nothing was claimed; the sender should send it again */
  async carryOut(invalidation: Invalidation): Promise<InvalidationResult> {
    const { tenant, customerId, others, eventId, critical, source } = invalidation;
    const customer = customerRef(this.hmac, tenant, customerId);
    const eventHash = eventId === undefined ? undefined : this.hmac.hex(`event:${eventId}`);
    try {
      const related = others.map((other) => customerRef(this.hmac, tenant, other));
      const request = { customer, others: related, eventHash, critical };
      const forgotten = await this.forget(request, this.signedMark(invalidation, customer));
      this.metrics.eventHandled(source, forgotten.duplicate ? 'duplicate' : 'done');
      if (!forgotten.duplicate) this.audit(invalidation, customer.hash, eventHash, forgotten.invalidated);
      return forgotten;
    } catch (error) {
      if (error instanceof StoreUnavailable) this.metrics.eventHandled(source, 'unavailable');
      throw error;
    }
  }

  ignored(source: InvalidationSource): void {
    this.metrics.eventHandled(source, 'ignored');
  }

  private signedMark({ caller, eventId, signedAs }: Invalidation, customer: CustomerRef): SignedMark | undefined {
    if (eventId !== undefined || signedAs === undefined) return undefined;
    return { customer, hash: this.hmac.hex(`signed:${caller.name}:${signedAs}`) };
  }

  /** A signed request that came before is a duplicate. While it may be about another change all the same, it is carried out again. */
  private async forget(request: InvalidationRequest, mark: SignedMark | undefined): Promise<InvalidationResult> {
    if (mark === undefined) return this.forgetting.invalidate(request);
    const earlier = await this.signed.recall(mark);
    if (earlier.kind === 'settled') return { invalidated: earlier.invalidated, duplicate: true };
    const { invalidated } = await this.forgetting.invalidate(request);
    return { invalidated, duplicate: !(await this.signed.note(mark, invalidated, earlier)) };
  }

  /** Hashes only: an auditor who holds the key can find a customer's lines, and nobody else can read one. */
  private audit(
    { source, caller, tenant, others, critical }: Invalidation,
    customer: string,
    event: string | undefined,
    invalidated: number,
  ): void {
    const outcome = 'invalidated';
    this.log.info(
      {
        audit: 'invalidation',
        source,
        caller: caller.name,
        tenant,
        customer,
        alsoCustomers: others.length,
        event,
        critical,
        invalidated,
        outcome,
      },
      'audit',
    );
  }
}
