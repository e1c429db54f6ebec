import { StoreUnavailable } from '../../../../kernel/errors.js';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { AgentStoreOptions } from '../agent-store.js';
import type { AgentKeys } from './agent-keys.js';

/** Decides which stored facts about agents may be used after Redis has lost data. */
export class LostData {
  constructor(
    private readonly connection: RedisConnection,
    private readonly options: AgentStoreOptions,
  ) {}

  /**
   * If Redis lost data, it may have lost locks. Until the last lock that was not confirmed would
   * have expired, no agent is claimed.
   *
   * @throws {StoreUnavailable}
   */
  refuseClaims({ locks }: AgentKeys): void {
    const { history } = this.connection;
    if (history.isDoubtful(locks) || history.sinceLossMs(locks) < this.options.claimTtlMs)
      throw new StoreUnavailable('the store lost data, and locks of before may still be held');
  }

  /**
   * An agent is stale after `agentTtlMs` without a report. If Redis lost data, the stored state is
   * of unknown age. An agent without a report since the loss is then stale too.
   */
  staleAfterMs({ locks }: AgentKeys): number {
    const sinceLossMs = this.connection.history.sinceLossMs(locks);
    return Math.floor(Math.max(0, Math.min(this.options.agentTtlMs, sinceLossMs)));
  }

  /**
   * Waits until this process would notice a later loss of the writes in Redis, then returns the
   * result. The position of a record from the log may then be committed: after a loss, the record
   * is applied again.
   */
  async noticed<T>({ locks }: AgentKeys, work: Promise<T>): Promise<T> {
    const result = await work;
    await this.connection.history.markBehind([locks]);
    return result;
  }

  /**
   * Returns the reply once the write is secured: this process would notice a later loss in Redis.
   * With `REDIS_WAIT_REPLICAS`, this number of replicas must have the write, too.
   *
   * @param running a script that was sent in this event-loop tick
   * @param undo gets the reply of a write that was not secured, so that the caller of the write
   * gets an error
   */
  async secured<T>({ locks }: AgentKeys, running: Promise<T>, undo?: (reply: T) => void): Promise<T> {
    const { history } = this.connection;
    if (history.waitsForReplicas) await running;
    // Otherwise the marker follows the script on the same connection: both together cost one round
    // trip.
    const secured = history.secure([locks]);
    secured.catch(() => running.then(undo).catch(() => undefined));
    const [reply] = await Promise.all([running, secured]);
    return reply;
  }
}
