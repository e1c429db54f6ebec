import type { InvalidationRequest, Invalidator } from '../../cache/invalidator.js';
import type { Clock } from '../../kernel/clock.js';
import { Deadline } from '../../kernel/deadline.js';
import type { BusOutcome } from '../../messaging/bus.metrics.js';
import type { CustomerUpdated } from '../../messaging/log/log-values.js';
import type { RecordOutcome, RegionHandlers, RemoteAgents } from '../region-handlers.js';
import type { ReadRecord } from './read-record.js';

/** How long one attempt to invalidate may take, in milliseconds. */
const ATTEMPT_WITHIN_MS = 2000;

export interface RecordEffectsOptions {
  readonly region: string;
  readonly clock: Clock;
  readonly invalidator: Pick<Invalidator, 'invalidate'>;
  readonly handlers: RegionHandlers;
}

const IGNORED: RecordOutcome = 'ignored';
const NO_AGENTS: RemoteAgents = {
  reported: () => Promise.resolve(IGNORED),
  ended: () => Promise.resolve(IGNORED),
  queuesChanged: () => Promise.resolve(IGNORED),
};

/** Applies records of the log to the region's store. Every effect may be applied twice. */
export class RecordEffects {
  constructor(private readonly options: RecordEffectsOptions) {}

  /**
   * @param again `true` means that the store may have lost the effect. The record is then applied
   *   even if its mark exists, or if this region wrote it
   * @throws {StoreUnavailable}
   */
  async apply(record: ReadRecord, again: boolean): Promise<BusOutcome> {
    switch (record.kind) {
      case 'customer':
        return this.unlessOwn(record.value.region, again, () => this.invalidate(record.value, again));
      case 'agent':
        return this.unlessOwn(regionOf(record.value.datadip), again, (agents) => agents.reported(record.value, again));
      case 'call':
        return this.unlessOwn(record.value.region, again, (agents) => agents.ended(record.value, again));
      case 'queues':
        return (this.options.handlers.agents ?? NO_AGENTS).queuesChanged(record.value);
      case 'home':
      case 'heartbeat':
        return this.applyToHomes(record);
      case 'malformed':
      case 'later_schema':
      case 'ignored':
        return record.kind;
    }
  }

  private async applyToHomes(record: Extract<ReadRecord, { kind: 'home' | 'heartbeat' }>): Promise<BusOutcome> {
    const { homes } = this.options.handlers;
    if (record.kind === 'home') return (await homes?.apply(record.value)) ?? 'ignored';
    await homes?.heard(record.value.region, record.value.homes);
    return 'applied';
  }

  private unlessOwn(
    region: string | undefined,
    again: boolean,
    apply: (agents: RemoteAgents) => Promise<BusOutcome>,
  ): BusOutcome | Promise<BusOutcome> {
    if (!again && region === this.options.region) return 'own';
    return apply(this.options.handlers.agents ?? NO_AGENTS);
  }

  /**
   * With `again`, the first call has no mark, so it always deletes. After a loss of data, the mark
   * may still exist although the deletion is lost.
   */
  private async invalidate(value: CustomerUpdated, again: boolean): Promise<BusOutcome> {
    const { invalidator } = this.options;
    if (again) await invalidator.invalidate(this.request(value, undefined));
    const { duplicate } = await invalidator.invalidate(this.request(value, value.id));
    return duplicate && !again ? 'duplicate' : 'applied';
  }

  private request(value: CustomerUpdated, eventHash: string | undefined): InvalidationRequest {
    const { tenant, customers, entryKeys, critical } = value;
    const [customer, ...others] = customers.map((hash) => ({ tenant, hash }));
    if (customer === undefined) throw new TypeError('the record names no customer');
    const { clock } = this.options;
    const deadline = new Deadline(clock, clock.nowMs() + ATTEMPT_WITHIN_MS);
    return { customer, others, entryKeys, eventHash, critical, deadline, source: 'log' };
  }
}

/** The region that wrote a status. `undefined` for another program. */
function regionOf(datadip: unknown): string | undefined {
  if (typeof datadip !== 'object' || datadip === null || !('region' in datadip)) return undefined;
  return typeof datadip.region === 'string' ? datadip.region : undefined;
}
