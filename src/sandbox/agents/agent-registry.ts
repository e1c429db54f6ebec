import { z } from 'zod';
import { RequestError } from '../exchange.js';
import { validate } from '../validation.js';
import { Assignments } from './assignments.js';

/** The number of agents of the largest organization that we know. */
const MAX_AGENTS = 50_000;

/** Only changed agents are held in memory. This limit bounds that memory. */
const MAX_CHANGED = 10_000;

const ROUTING = ['OFF_QUEUE', 'IDLE', 'INTERACTING', 'NOT_RESPONDING', 'COMMUNICATING'] as const;
// prettier-ignore
export const PRESENCES = [
  'Available', 'Away', 'Break', 'Busy', 'Meal', 'Meeting', 'Training', 'On Queue', 'Offline', 'Idle',
] as const;

const AGENT_STATE = z.strictObject({
  routingStatus: z.enum(ROUTING),
  presence: z.enum(PRESENCES),
  state: z.enum(['active', 'inactive', 'deleted']),
  /** The number of conversations that the agent takes part in. */
  conversations: z.int().min(0).max(20),
  /** The number of conversations in wrap-up. */
  wrapUps: z.int().min(0).max(20),
});
/** `agoMs` dates the change back: the changed values began that many milliseconds ago. */
const CHANGE = AGENT_STATE.partial().extend({ agoMs: z.int().min(0).max(86_400_000).default(0) });
const RESIZE = z.strictObject({ count: z.int().min(0).max(MAX_AGENTS) });

/** The state of an agent, and its start times in milliseconds of the wall clock. */
export interface Agent extends Readonly<z.infer<typeof AGENT_STATE>> {
  readonly n: number;
  readonly routingSinceMs: number;
  readonly presenceSinceMs: number;
  readonly workSinceMs: number;
}

/**
 * The initial state of agent n, by the last digit of n: five of ten wait for a call, two are in a
 * call.
 */
const INITIAL_STATES = [
  ...Array.from({ length: 5 }, () => ({ routingStatus: 'IDLE', presence: 'On Queue', conversations: 0 }) as const),
  ...Array.from(
    { length: 2 },
    () => ({ routingStatus: 'INTERACTING', presence: 'On Queue', conversations: 1 }) as const,
  ),
  { routingStatus: 'OFF_QUEUE', presence: 'Break', conversations: 0 },
  { routingStatus: 'OFF_QUEUE', presence: 'Offline', conversations: 0 },
  { routingStatus: 'OFF_QUEUE', presence: 'Available', conversations: 0 },
] as const;

/** The agents of both platforms. Number 7 is the same person in Genesys Cloud and in CXone. */
export class AgentRegistry {
  readonly assignments = new Assignments();
  private readonly createdAtMs = Date.now();
  private readonly changed = new Map<number, Agent>();
  private total = 250;

  get count(): number {
    return this.total;
  }

  byNumber(n: number): Agent | undefined {
    if (!Number.isInteger(n) || n < 1 || n > this.total) return undefined;
    return this.changed.get(n) ?? this.original(n);
  }

  /** Returns all agents, in the order of their numbers. */
  all(): Agent[] {
    return Array.from({ length: this.total }, (_, i) => this.changed.get(i + 1) ?? this.original(i + 1));
  }

  /** Sets the number of agents. The changes of removed agents are deleted. */
  resize(change: object): { readonly count: number } {
    const resize = validate(RESIZE, change);
    this.total = resize.count;
    for (const n of this.changed.keys()) if (n > this.total) this.changed.delete(n);
    this.assignments.keepUpTo(this.total);
    return resize;
  }

  /** Merges the change into the agent's state. An unchanged value keeps its start time. */
  change(n: number, change: object): Agent {
    const agent = this.known(n);
    const { agoMs, ...changes } = validate(CHANGE, change);
    if (!this.changed.has(n) && this.changed.size >= MAX_CHANGED) {
      throw new RequestError(
        409,
        `${this.changed.size} agents are changed; allowed: ${MAX_CHANGED}; undo changes with DELETE`,
      );
    }
    const next = withTimes(agent, { ...agent, ...changes } as Agent, Date.now() - agoMs);
    this.changed.set(n, next);
    return next;
  }

  undo(n: number): Agent {
    this.known(n);
    this.changed.delete(n);
    return this.original(n);
  }

  known(n: number): Agent {
    const agent = this.byNumber(n);
    if (agent === undefined) throw new RequestError(404, 'no such agent');
    return agent;
  }

  private original(n: number): Agent {
    const since = {
      routingSinceMs: this.createdAtMs,
      presenceSinceMs: this.createdAtMs,
      workSinceMs: this.createdAtMs,
    };
    // The list has one entry for each digit.
    const initial = INITIAL_STATES[n % 10] ?? INITIAL_STATES[0];
    return { n, ...initial, state: n % 100 === 0 ? 'inactive' : 'active', wrapUps: 0, ...since };
  }
}

function withTimes(before: Agent, after: Agent, atMs: number): Agent {
  const isWorkChanged = before.conversations !== after.conversations || before.wrapUps !== after.wrapUps;
  return {
    ...after,
    routingSinceMs: before.routingStatus === after.routingStatus ? before.routingSinceMs : atMs,
    presenceSinceMs: before.presence === after.presence ? before.presenceSinceMs : atMs,
    workSinceMs: isWorkChanged ? atMs : before.workSinceMs,
  };
}
