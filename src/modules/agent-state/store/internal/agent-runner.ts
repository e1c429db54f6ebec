import { LRUCache } from 'lru-cache';
import type { Deadline } from '../../../../kernel/deadline.js';
import { StoreUnavailable } from '../../../../kernel/errors.js';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { RedisScript } from '../../../../platform/redis/redis-script.js';
import type { AgentKeys } from './agent-keys.js';
import { readQueues } from './agent-queues.js';

/**
 * The most attempts of one change. An attempt is void if the agent joined a queue since its queues
 * were read.
 */
const MAX_ATTEMPTS = 5;
/**
 * The longest wait for a server that executes nothing, because a slot moves or a node is replaced.
 * A moving slot splits the keys of a script for milliseconds at a time. A longer wait would only
 * delay the answer of a caller whose Redis is down.
 */
const MAX_WAIT_MS = 500;
/** Agents whose queues this process remembers: about 4 MB. */
const MAX_REMEMBERED_AGENTS = 20_000;

/** A change of an agent and of its positions in all its queues. */
export interface AgentChange {
  readonly script: RedisScript;
  readonly agentId: string;
  /** Keys between the common keys and the sets of free agents. */
  readonly keys: readonly string[];
  /** Arguments between the common arguments and the queues. */
  readonly args: readonly (string | number)[];
  /** A queue whose set is declared too, whether or not the agent is a member. */
  readonly alsoQueue?: string;
}

/** How long a script may take, and what happens to a reply that comes later. */
interface CallTerms {
  readonly deadline?: Deadline | undefined;
  readonly onLate?: (reply: unknown) => void;
}

/**
 * Runs the scripts that change agents.
 *
 * A script must declare every key that it touches, so the runner must know the queues of the agent.
 * The runner reads the queues once and remembers them. The script reads the queues again. If the
 * agent is in a queue whose set is not declared, the script changes nothing, and the runner reads
 * the queues.
 */
export class AgentRunner {
  private readonly queuesByAgent = new LRUCache<string, readonly string[]>({ max: MAX_REMEMBERED_AGENTS });

  constructor(private readonly connection: RedisConnection) {}

  /** @param deadline no attempt begins after it; `undefined` means no deadline */
  async change(keys: AgentKeys, change: AgentChange, deadline?: Deadline): Promise<unknown> {
    const place = keys.queuesOf(change.agentId);
    let queues = this.queuesByAgent.get(place);
    // A queue that the agent has left may have no key, and a moving slot counts it as moved.
    this.queuesByAgent.delete(place);
    for (let attempt = 0; attempt < MAX_ATTEMPTS && deadline?.remainingMs() !== 0; attempt += 1) {
      queues ??= await readQueues(this.connection, place);
      const reply = await this.changeIn(queues, keys, change, deadline);
      if (reply !== null) {
        this.queuesByAgent.set(place, queues);
        return reply;
      }
      queues = undefined;
    }
    throw new StoreUnavailable('the queues of the agent changed at every attempt, or the deadline came');
  }

  /** Runs a script. While the server executes nothing, the script is sent again. */
  call(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
    { deadline, onLate }: CallTerms = {},
  ): Promise<unknown> {
    const withinMs = Math.min(MAX_WAIT_MS, deadline?.remainingMs() ?? MAX_WAIT_MS);
    return this.connection.callWithin(withinMs, script, keys, args, onLate);
  }

  /** @returns `null` if the agent is in a queue that is not declared, and nothing changed */
  private changeIn(
    queues: readonly string[],
    keys: AgentKeys,
    { script, agentId, alsoQueue, ...change }: AgentChange,
    deadline: Deadline | undefined,
  ): Promise<unknown> {
    const isExtra = alsoQueue !== undefined && !queues.includes(alsoQueue);
    const all = isExtra ? [...queues, alsoQueue] : queues;
    const common = [keys.locks, keys.known, keys.agent(agentId), keys.queuesOf(agentId), ...keys.index];
    const own = [...common, ...change.keys];
    const sets = all.map((queueId) => keys.free(queueId));
    return this.call(script, [...own, ...sets], [agentId, ...change.args, ...all], { deadline });
  }
}
