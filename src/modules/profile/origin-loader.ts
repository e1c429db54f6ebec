import { Injectable } from '@nestjs/common';
import type { Priority } from '../../config/config.js';
import { customerRef } from '../../contracts/customer.js';
import type { Identifier, LoadedAnswer, LookupLoader } from '../../contracts/dip.js';
import { Clock } from '../../kernel/clock.js';
import { OriginFailure } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import type { Demand } from '../../origins/admission/origin-budget.js';
import { OriginBudgets } from '../../origins/admission/origin-budgets.js';
import { HttpOrigins } from '../../origins/http/http-origins.js';
import { OriginClient } from '../../origins/origin-client.js';
import type { CompiledLookup, LookupDip } from './internal/compiled-lookup.js';
import { followingRequest, originRequest } from './internal/origin-request.js';

/** Loads an answer from the origin of its lookup, if the origin's admission admits the call. */
@Injectable()
export class OriginLoader implements LookupLoader<LookupDip> {
  constructor(
    private readonly origins: HttpOrigins,
    private readonly budgets: OriginBudgets,
    private readonly hmac: Hmac,
    private readonly clock: Clock,
  ) {}

  async load({ lookup, tenant, subject, deadline }: LookupDip, priority: Priority): Promise<LoadedAnswer> {
    if (subject === undefined) throw new OriginFailure('origin_error', 'dip has no lookup key');
    const demand: Demand = { priority, deadline, bulkhead: lookup.bulkhead };
    const record = await this.fetchRecord(lookup, subject.identifier, demand);
    const { found, text, customerId } = await lookup.projection.project(record);
    const id = customerId ?? customerIdInput(subject.identifier);
    return { found, text, customer: id === undefined ? undefined : customerRef(this.hmac, tenant, id) };
  }

  /** The origin's record of a customer. If the record names another record, `follow` fetches that record. */
  private async fetchRecord(
    { config: { origin }, projection }: CompiledLookup,
    identifier: Identifier,
    demand: Demand,
  ): Promise<unknown> {
    const client = new OriginClient(this.budgets.get(origin.system), this.origins.get(origin.system), this.clock);
    const { body } = await client.call(originRequest(origin, identifier), demand);
    const record = await projection.record(body);
    const id = await projection.followed(record);
    if (id === undefined || origin.follow === undefined) return record;
    return (await client.call(followingRequest(origin.follow, id), demand)).body;
  }
}

/** A caller that asks by `customerId` has named the customer, also if the origin does not know the customer yet. */
function customerIdInput({ input, atOrigin }: Identifier): string | undefined {
  return input === 'customerId' ? atOrigin : undefined;
}
