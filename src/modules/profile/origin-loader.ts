import { Injectable } from '@nestjs/common';
import type { Priority } from '../../config/sections/lookups/lookup-config.js';
import { customerRef } from '../../contracts/customer.js';
import { hashOfEntryKey } from '../../contracts/entry-key.js';
import type { Identifier, LoadedAnswer, LookupLoader } from '../../contracts/dip.js';
import { OriginFailure } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import type { Demand, OriginAnswer } from '../../origins/origin.js';
import { Origins } from '../../origins/origins.js';
import type { CompiledLookup, LookupDip } from './internal/compiled-lookup.js';
import { ExactRecord } from './internal/exact-record.js';
import type { Projected } from './internal/projection.js';
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
    const demand: Demand = {
      priority,
      deadline,
      bulkhead: lookup.bulkhead,
      lookup: lookup.name,
      subject: hashOfEntryKey(subject.entryKey),
    };
    const { found, text, customerId } = await this.fetchProjected(lookup, subject.identifier, demand);
    const id = customerId ?? customerIdInput(subject.identifier);
    return { found, text, customer: id === undefined ? undefined : customerRef(this.hmac, tenant, id) };
  }

  /** An answer that the lookup cannot read is reported like a failed call. */
  private async fetchProjected(lookup: CompiledLookup, identifier: Identifier, demand: Demand): Promise<Projected> {
    try {
      return await lookup.projection.project(await this.fetchRecord(lookup, identifier, demand));
    } catch (error) {
      this.origins.get(lookup.config.origin.system).failed(error, demand, 'record_failed');
      throw error;
    }
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
