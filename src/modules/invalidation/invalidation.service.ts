import { Injectable } from '@nestjs/common';
import { IdentifiedEntries, type EntryIdentifier } from '../../cache/identified-entries.js';
import { Invalidator, type InvalidationRequest, type InvalidationResult } from '../../cache/invalidator.js';
import type { Caller } from '../../contracts/caller.js';
import { customerRef, type CustomerRef } from '../../contracts/customer.js';
import type { Position } from '../../contracts/position.js';
import type { Deadline } from '../../kernel/deadline.js';
import { HttpProblem, StoreUnavailable } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import { AuditLog } from '../../platform/logging/audit-log.js';
import { InvalidationMetrics, type InvalidationSource } from './invalidation.metrics.js';
import { eventMark, signedMark } from './internal/event-mark.js';
import { SignedRequests, type SignedRequestId } from './signed-requests.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';

declareLogFields({
  source: 'text',
  caller: 'text',
  tenant: 'text',
  customer: 'text',
  alsoCustomers: 'number',
  identifiers: 'number',
  event: 'text',
  critical: 'boolean',
  invalidated: 'number',
  outcome: 'text',
});

/** A change of a customer, or of several, whose cached entries are out of date. */
export interface Invalidation {
  readonly source: InvalidationSource;
  readonly caller: Caller;
  readonly tenant: string;
  readonly customerId: string;
  /** Ids of further customers whose entries are out of date, such as merged contacts. */
  readonly relatedCustomerIds: readonly string[];
  /** Values of the customers under which entries may be stored, such as "not found" entries. */
  readonly identifiers: readonly EntryIdentifier[];
  /**
   * `undefined` means that the sender gave no id. Then only `signedContent` reveals a duplicate.
   */
  readonly eventId: string | undefined;
  /** Identifies the signed bytes. `undefined` means that the request is not signed. */
  readonly signedContent: string | undefined;
  readonly critical: boolean;
  /** Until when the sender waits. */
  readonly deadline: Deadline;
}

export interface AppliedInvalidation extends InvalidationResult {
  /** Where the event stands for reads in any region. `undefined` with a single region. */
  readonly position?: Position;
}

/** The event is refused by the log between regions, or by the outbox from which the log gets it. */
function isBusy(error: unknown): boolean {
  return error instanceof HttpProblem && error.status === 503;
}

/**
 * Invalidates the entries of customers, counts the invalidation, and writes the audit line.
 *
 * Guarantees: one audit line per event that has an id or a signature, however often the sender
 * repeats the event.
 */
@Injectable()
export class InvalidationService {
  constructor(
    private readonly invalidator: Invalidator,
    private readonly identified: IdentifiedEntries,
    private readonly signedRequests: SignedRequests,
    private readonly hmac: Hmac,
    private readonly metrics: InvalidationMetrics,
    private readonly auditLog: AuditLog,
  ) {}

  /**
   * @throws {StoreUnavailable} if the store does not answer; the sender must repeat the event
   * @throws {HttpProblem} 503 if the log between regions does not take the event
   */
  async invalidate(invalidation: Invalidation): Promise<AppliedInvalidation> {
    const { tenant, customerId, relatedCustomerIds, eventId, critical, source, deadline } = invalidation;
    const customer = customerRef(this.hmac, tenant, customerId);
    const entryKeys = this.identified.keysOf(tenant, invalidation.identifiers);
    const eventHash = eventId === undefined ? undefined : this.markOf(invalidation, eventId, entryKeys);
    try {
      const related = relatedCustomerIds.map((id) => customerRef(this.hmac, tenant, id));
      const request = { customer, others: related, entryKeys, eventHash, critical, deadline };
      const result = await this.invalidateUnlessReplayed(request, this.signedRequestId(invalidation, customer));
      this.metrics.eventHandled(source, result.duplicate ? 'duplicate' : 'done');
      if (!result.duplicate) this.audit(invalidation, customer.hash, result.invalidated);
      const { mark } = result;
      return mark === undefined
        ? result
        : { ...result, position: { kind: 'customer', tenant, customer: customer.hash, mark } };
    } catch (error) {
      if (error instanceof StoreUnavailable || isBusy(error)) this.metrics.eventHandled(source, 'unavailable');
      throw error;
    }
  }

  countIgnored(source: InvalidationSource): void {
    this.metrics.eventHandled(source, 'ignored');
  }

  private markOf({ caller, ...event }: Invalidation, eventId: string, entryKeys: readonly string[]): string {
    return eventMark(this.hmac, { ...event, caller: caller.name, eventId, entryKeys });
  }

  /** `undefined` if the event has an id, or is not signed. */
  private signedRequestId(
    { caller, source, eventId, signedContent }: Invalidation,
    customer: CustomerRef,
  ): SignedRequestId | undefined {
    if (eventId !== undefined || signedContent === undefined) return undefined;
    return { customer, hash: signedMark(this.hmac, caller.name, source, signedContent) };
  }

  /**
   * A repeated signed request is a duplicate. Datadip processes the request again while it may
   * report another change.
   */
  private async invalidateUnlessReplayed(
    request: InvalidationRequest,
    id: SignedRequestId | undefined,
  ): Promise<InvalidationResult> {
    if (id === undefined) return this.invalidator.invalidate(request);
    const earlier = await this.signedRequests.find(id);
    if (earlier.kind === 'processed') return { invalidated: earlier.invalidated, duplicate: true };
    const { invalidated, mark } = await this.invalidator.invalidate(request);
    const marked = mark === undefined ? {} : { mark };
    return { ...marked, invalidated, duplicate: !(await this.signedRequests.record(id, invalidated, earlier)) };
  }

  /**
   * Logs hashes only. An auditor with the key can find the lines of a customer; no other reader
   * can.
   */
  private audit(
    { source, caller, tenant, relatedCustomerIds, identifiers, eventId, critical }: Invalidation,
    customer: string,
    invalidated: number,
  ): void {
    const outcome = 'invalidated';
    const event = eventId === undefined ? undefined : this.hmac.hex(`event:${eventId}`);
    this.auditLog.write(
      'invalidation',
      {
        source,
        caller: caller.name,
        tenant,
        customer,
        alsoCustomers: relatedCustomerIds.length,
        identifiers: identifiers.length,
        event,
        critical,
        invalidated,
        outcome,
      },
      'audit',
    );
  }
}
