import { Injectable } from '@nestjs/common';
import type { CallEnded, QueuesChanged, SignedHomeRecord } from '../messaging/log/log-values.js';

/** How a feature treated a record. `malformed`: the value breaks the rules of its type. */
export type RecordOutcome = 'applied' | 'duplicate' | 'ignored' | 'malformed';

/** A JSON object with a valid tenant. */
export type UncheckedStatusChange = Readonly<Record<string, unknown>> & { readonly tenant_id: string };

/** Applies reports about agents that another region or another program wrote to the log. */
export interface RemoteAgents {
  /**
   * @param change an `AgentStatusChange` by any program. Only its tenant is checked
   * @param again `true` means that the record may have been applied before, and that the region's
   *   store may have lost the effect. The record is then applied even if the mark of the event
   *   exists.
   * @throws {StoreUnavailable} to get the record again
   */
  reported(change: UncheckedStatusChange, again: boolean): Promise<RecordOutcome>;
  /** The end of a call; the parameters are those of `reported`. */
  ended(call: CallEnded, again: boolean): Promise<RecordOutcome>;
  /**
   * A change of an agent's queues. `ignored` if this region is not the home of the tenant.
   *
   * @throws {StoreUnavailable} to get the record again
   */
  queuesChanged(change: QueuesChanged): Promise<RecordOutcome>;
}

/** Keeps the table that says which region is the home of a tenant. */
export interface HomeTable {
  /** Fingerprints of the present table. Each heartbeat of the region carries them. */
  fingerprint(): string;
  /**
   * Compares the tables. Called for each heartbeat of another region in `HOMES_PARTITION`, in the
   * order of the log, and for no heartbeat in another partition.
   *
   * @throws {StoreUnavailable} to get the record again
   */
  heard(region: string, fingerprint: string): Promise<void>;
  /**
   * Applies a record of any region, this one included, in the order of the log. The same record may
   * come again. A record without the signature of a region is malformed.
   *
   * @throws {StoreUnavailable} to get the record again
   */
  apply(record: SignedHomeRecord): Promise<RecordOutcome>;
}

/**
 * The handlers of records of the log. A feature sets its handler when Nest constructs the feature,
 * because `regions` knows no feature. A record without a handler is counted as ignored.
 */
@Injectable()
export class RegionHandlers {
  agents: RemoteAgents | undefined;
  homes: HomeTable | undefined;
}
