import { Injectable } from '@nestjs/common';
import type { Priority } from '../../config/sections/lookups/lookup-config.js';
import { customerRef } from '../../contracts/customer.js';
import { hashOfEntryKey } from '../../contracts/entry-key.js';
import type { Identifier, LoadedAnswer, LookupLoader } from '../../contracts/dip.js';
import { OriginFailure } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import type { Demand, Origin, OriginRequest } from '../../origins/origin.js';
import { Origins } from '../../origins/origins.js';
import type { CompiledLookup, LookupDip } from './internal/compiled-lookup.js';
import { LookupReader, type Projected } from './internal/lookup-reader.js';
import { followingRequest, headersOf, originRequest, valueOf } from './internal/origin-request.js';
import type { Reading, Replaced } from './internal/reading/answer-reader.ts';
import { RecordLog } from './record-log.js';

type RecordReading = Extract<Reading, { readonly kind: 'record' }>;
type UsableReading = Extract<Reading, { readonly kind: 'record' | 'replaced' }>;

/** Loads an answer from the origin of its lookup, if the origin's admission admits the call. */
@Injectable()
export class OriginLoader implements LookupLoader<LookupDip> {
  constructor(
    private readonly origins: Origins,
    private readonly hmac: Hmac,
    private readonly records: RecordLog,
  ) {}

  async load({ lookup, tenant, subject, deadline }: LookupDip, priority: Priority): Promise<LoadedAnswer> {
    if (subject === undefined) throw new OriginFailure('origin_error', 'dip has no lookup key');
    const origin = this.origins.get(lookup.config.origin.system, tenant);
    const demand: Demand = {
      priority,
      deadline,
      bulkhead: lookup.bulkheads?.forSystem(origin.name),
      lookup: lookup.name,
      subject: hashOfEntryKey(subject.entryKey),
    };
    const reading = await this.fetchRecord(origin, lookup, subject.identifier, demand);
    const asked = customerIdInput(subject.identifier);
    const customerOf = (id: string | undefined) => (id === undefined ? undefined : customerRef(this.hmac, tenant, id));
    if (reading === undefined) return { found: false, text: lookup.defaults, customer: customerOf(asked) };
    const projected = lookup.reader.project(reading);
    const id = projected.customerId ?? asked;
    const answerOnly = lookup.config.customerId !== undefined && id === undefined;
    this.record(lookup.name, projected, answerOnly);
    return { found: true, text: projected.text, customer: customerOf(id), answerOnly };
  }

  /**
   * The origin's record of a customer. If the record names another record, `follow` fetches that
   * record. The expressions of both calls share one budget.
   */
  private async fetchRecord(
    system: Origin,
    { request, followed, reader }: CompiledLookup,
    identifier: Identifier,
    demand: Demand,
  ): Promise<RecordReading | undefined> {
    const budget = LookupReader.budget();
    const read = async (asked: OriginRequest, successorOf?: Replaced): Promise<UsableReading | undefined> => {
      const interpret: OriginRequest['interpret'] = (answer) => reader.interpret(answer, budget, successorOf);
      const { body } = await system.call({ ...asked, interpret }, demand);
      return body as UsableReading | undefined;
    };
    const first = await read(originRequest(request, identifier));
    if (first?.kind !== 'replaced') return first;
    if (followed === undefined) return undefined;
    return (await read(followingRequest(followed, first.id, headersOf(request)), first)) as RecordReading | undefined;
  }

  private record(lookup: string, { defaults }: Projected, lacksCustomer: boolean): void {
    for (const [field, reason] of defaults) this.records.fieldDefaulted(lookup, field, reason);
    if (lacksCustomer) this.records.customerMissing(lookup);
  }
}

/**
 * A caller that asks by `customerId` has named the customer, also if the origin does not know the
 * customer yet.
 */
function customerIdInput(identifier: Identifier): string | undefined {
  return valueOf(identifier)('customerId');
}
