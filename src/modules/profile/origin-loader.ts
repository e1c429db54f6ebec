import { Injectable } from '@nestjs/common';
import type { Priority } from '../../config/sections/lookups/lookup-config.js';
import { customerRef } from '../../contracts/customer.js';
import type { Identifier, LoadedAnswer, LookupLoader } from '../../contracts/dip.js';
import { OriginFailure } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import type { Demand, OriginAnswer } from '../../origins/origin.js';
import { Origins } from '../../origins/origins.js';
import type { CompiledLookup, LookupDip } from './internal/compiled-lookup.js';
import { ExactRecord } from './internal/exact-record.js';
import { followingRequest, originRequest } from './internal/origin-request.js';

/** Loads an answer from the origin of its lookup, if the origin's admission admits the call. */
@Injectable()
export class OriginLoader implements LookupLoader<LookupDip> {
  constructor(
    private readonly origins: Origins,
    private readonly hmac: Hmac,
  ) {}

  async load({ lookup, tenant, subject, deadline }: LookupDip, priority: Priority): Promise<LoadedAnswer> {
    if (subject === undefined) throw new OriginFailure('origin_error', 'dip has no lookup key');
    const demand: Demand = { priority, deadline, bulkhead: lookup.bulkhead };
    const record = await this.fetchRecord(lookup, subject.identifier, demand);
    const { found, text, customerId } = await lookup.projection.project(record);
    const id = customerId ?? customerIdInput(subject.identifier);
    return { found, text, customer: id === undefined ? undefined : customerRef(this.hmac, tenant, id) };
  }

  /**
   * The origin's record of a customer. If the record names another record, `follow` fetches that
   * record.
   */
  private async fetchRecord(
    { config: { origin }, projection }: CompiledLookup,
    identifier: Identifier,
    demand: Demand,
  ): Promise<unknown> {
    const system = this.origins.get(origin.system);
    const answer = await system.call(originRequest(origin, identifier), demand);
    const record = await projection.record(readable(answer));
    const id = await projection.followedId(record);
    if (id === undefined || origin.follow === undefined) return record;
    return readable(await system.call(followingRequest(origin.follow, id), demand));
  }
}

function readable({ body, rounded }: OriginAnswer): unknown {
  return rounded === undefined ? body : new ExactRecord(body, rounded);
}

/**
 * A caller that asks by `customerId` has named the customer, also if the origin does not know the
 * customer yet.
 */
function customerIdInput({ input, atOrigin }: Identifier): string | undefined {
  return input === 'customerId' ? atOrigin : undefined;
}
