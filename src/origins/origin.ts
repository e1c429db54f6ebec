import type { Priority } from '../config/sections/lookups/lookup-config.js';
import type { Deadline } from '../kernel/deadline.js';
import type { PrioritySemaphore } from '../kernel/priority-semaphore.js';
import type { HttpRequest } from './http/http-request.js';
import type { SqlRequest } from './sql/sql-request.js';

/**
 * A read of a system of record. `kind` names the driver that sends it; a new driver adds its
 * request type here.
 */
export type OriginRequest = HttpRequest | SqlRequest;

export interface OriginAnswer {
  /**
   * The parsed body, or what the request reads in it. `undefined` means that the origin has no such
   * record. In a parsed body, whole numbers beyond 2^53 are strings with all their digits.
   */
  readonly body: unknown;
}

/** The properties of a call that decide on its admission. */
export interface Demand {
  readonly priority: Priority;
  /**
   * The caller's deadline. The deadline limits only how long the call may wait for admission. The
   * call itself has the timeout of the system.
   */
  readonly deadline: Deadline;
  /**
   * The lookup's own limit of concurrent calls. `undefined` means that only the system's limits
   * apply.
   */
  readonly bulkhead?: PrioritySemaphore | undefined;
  /** The lookup that makes the call. `undefined` means that no lookup does. */
  readonly lookup?: string | undefined;
  /**
   * The subject of the call: the hash of its identifier. Failures of calls about one subject pause
   * neither the origin nor its circuit. `undefined` means that the request tells what the call
   * is about.
   */
  readonly subject?: string | undefined;
  /**
   * `true`: the call sends the token of a user. The platform limits each token apart, so a refusal
   * (429, 503) says nothing about the client of the system. Default: `false`.
   */
  readonly isOfUser?: boolean | undefined;
  /**
   * A part of the rate that calls of one kind may use at most. `undefined` means the whole rate, or
   * the share of the priority.
   */
  readonly quota?: RateQuota | undefined;
}

/** A part of the rate of a system, for the calls of one kind in the whole region. */
export interface RateQuota {
  /** The name under which the calls are counted, next to the account of the system. */
  readonly name: string;
  /** From 0 to 1. */
  readonly share: number;
}

/**
 * A system of record, as features see it.
 *
 * Guarantees:
 * - Every call passes admission before the origin is called.
 * - A call settles within its wait for admission plus the system's timeout.
 * - A call rejects with `OriginFailure` and with no other error.
 *
 * Does not guarantee: that a call which timed out had no effect. Datadip sends only reads.
 */
export interface Origin {
  readonly name: string;
  /**
   * @throws {NotAdmitted} when admission refuses the call; the origin was not asked
   * @throws {OriginFailure} when the origin gives no usable answer
   */
  call(request: OriginRequest, demand: Demand): Promise<OriginAnswer>;
}
