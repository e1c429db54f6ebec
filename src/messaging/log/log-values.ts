import type { AgentReport } from '../../contracts/agent-report.js';

/**
 * The version of the values that Datadip writes. A reader skips a value of a later version, and
 * logs it.
 */
export const VALUE_VERSION = 1;

/** A change of a customer, on topic `customer.updated`, key `<tenant>:<customer hash>`. */
export interface CustomerUpdated {
  readonly schema: typeof VALUE_VERSION;
  readonly type: 'customer.updated';
  /** Unique per event, and the same in every region: the mark of the event. 64 hex digits. */
  readonly id: string;
  readonly region: string;
  readonly tenant: string;
  /** Keyed hashes of customer ids. The first is the customer that the event is recorded under. */
  readonly customers: readonly string[];
  /** Keys of further entries. They hold keyed hashes only. */
  readonly entryKeys: readonly string[];
  readonly critical: boolean;
}

/**
 * A report about an agent, on topic `agent.status.change`, key `<tenant>:<agent id>`. The fields in
 * snake case are those of `POST /events/agent-status`, so other programs can read and write them.
 */
export interface AgentStatusChange {
  readonly event_id: string;
  /** Platform time, Unix milliseconds. */
  readonly timestamp: number;
  readonly agent_id: string;
  readonly status: string;
  readonly region_source: string;
  readonly tenant_id: string;
  /** The details that the fields above cannot express. Missing in records of other programs. */
  readonly datadip?: {
    readonly schema: typeof VALUE_VERSION;
    /** The mark of the event, the same in every region. */
    readonly id: string;
    /** The region that wrote the record. `region_source` may be another region. */
    readonly region: string;
    /**
     * The report as the region stored it. Times are not in the future. The call id is in the form
     * in which Redis stores it.
     */
    readonly report: Omit<AgentReport, 'tenant' | 'agentId' | 'eventHash'>;
  };
}

/** A call has ended, on topic `agent.status.change`, key `<tenant>:call`. */
export interface CallEnded {
  readonly schema: typeof VALUE_VERSION;
  readonly type: 'call.ended';
  readonly id: string;
  readonly region: string;
  readonly tenant: string;
  readonly callHash: string;
  readonly agentId?: string;
}

/**
 * The platform has changed the queues of an agent, on topic `agent.status.change`, key
 * `<tenant>:<agent id>`. The region that got the event is not the home of the tenant. Only the home
 * applies the record.
 */
export interface QueuesChanged {
  readonly schema: typeof VALUE_VERSION;
  readonly type: 'agent.queues';
  readonly region: string;
  readonly tenant: string;
  readonly agentId: string;
  /** `active`: the list has all queues of the agent. */
  readonly change: 'joined' | 'left' | 'active';
  readonly queueIds: readonly string[];
  /** Since when the change is true, by the platform's clock, Unix milliseconds. */
  readonly atMs: number;
  /** When the platform sent the event, Unix milliseconds. */
  readonly sentMs: number;
}

/** A region is alive, in every partition. Key `heartbeat:<region>`. */
export interface RegionHeartbeat {
  readonly schema: typeof VALUE_VERSION;
  readonly type: 'region.heartbeat';
  readonly region: string;
  /** By the clock of the region's Redis, Unix milliseconds. */
  readonly sentMs: number;
  /** The identity of the region's Redis. Two stores with one region name are a mistake. */
  readonly store: string;
  /** Fingerprint of `KEY_SECRET`, 16 hex digits. */
  readonly key: string;
  /**
   * Fingerprints of the table of homes, as `Homes.fingerprint` gives them: at most 400 characters.
   * `Homes.heard` compares them.
   */
  readonly homes: string;
}

/**
 * The partition of the records about the homes of all tenants. So a region that reads a heartbeat
 * in this partition has read every such record that the writer of the heartbeat had read.
 */
export const HOMES_PARTITION = { topic: 'agent.status.change', partition: 0 } as const;

/**
 * A tenant has a new home, or none, on topic `agent.status.change`, key `<tenant>:home`. Of two
 * records with the same epoch, the first in the log counts.
 */
export interface HomeMoved {
  readonly schema: typeof VALUE_VERSION;
  readonly type: 'tenant.home';
  readonly tenant: string;
  /** Greater than the epoch of the move before. The table of the configuration has epoch 0. */
  readonly epoch: number;
  /** `null` means that no region hands out agents of the tenant. */
  readonly home: string | null;
  /** Fences of the new home are greater than this. */
  readonly fenceAbove: number;
}

/** The former home has stopped, on topic `agent.status.change`, key `<tenant>:home`. */
export interface HomeReleased {
  readonly schema: typeof VALUE_VERSION;
  readonly type: 'tenant.home-released';
  readonly tenant: string;
  readonly epoch: number;
  readonly region: string;
  /** The last fence that the region has given for the tenant. */
  readonly lastFence: number;
}

/** A record about homes in the log. Any program may have written it: see `HomeSignatures`. */
export type SignedHomeRecord = (HomeMoved | HomeReleased) & {
  /** HMAC-SHA-256 under `KEY_SECRET`, 64 hex digits. */
  readonly mac?: unknown;
};
