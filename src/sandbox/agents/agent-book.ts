import { z } from 'zod';
import { complaintOf } from '../complaint.js';
import { Refusal } from '../exchange.js';

/** As many as an organisation of the size we know has. */
const MOST_AGENTS = 50_000;

/** Changed agents are the only ones held in memory, so they are bounded. */
const MOST_CHANGED = 10_000;

const ROUTING = ['OFF_QUEUE', 'IDLE', 'INTERACTING', 'NOT_RESPONDING', 'COMMUNICATING'] as const;
// prettier-ignore
export const PRESENCES = [
  'Available', 'Away', 'Break', 'Busy', 'Meal', 'Meeting', 'Training', 'On Queue', 'Offline', 'Idle',
] as const;

const STANDING = z.strictObject({
  routingStatus: z.enum(ROUTING),
  presence: z.enum(PRESENCES),
  state: z.enum(['active', 'inactive', 'deleted']),
  /** Conversations they are in. */
  conversations: z.int().min(0).max(20),
  /** Conversations they are wrapping up. */
  wrapUps: z.int().min(0).max(20),
});
/** `agoMs` dates the change back: what is changed has been so for that long. */
const CHANGE = STANDING.partial().extend({ agoMs: z.int().min(0).max(86_400_000).default(0) });
const SWITCHES = z.strictObject({ count: z.int().min(0).max(MOST_AGENTS) });

/** An agent as they stand, and since when, in milliseconds of the wall clock. */
export interface Agent extends Readonly<z.infer<typeof STANDING>> {
  readonly n: number;
  readonly routingSinceMs: number;
  readonly presenceSinceMs: number;
  readonly workSinceMs: number;
}

/** What agent n does at first goes by the last digit of n: half of them wait for a call, two are in one. */
const AT_FIRST = [
  ...Array.from({ length: 5 }, () => ({ routingStatus: 'IDLE', presence: 'On Queue', conversations: 0 }) as const),
  ...Array.from(
    { length: 2 },
    () => ({ routingStatus: 'INTERACTING', presence: 'On Queue', conversations: 1 }) as const,
  ),
  { routingStatus: 'OFF_QUEUE', presence: 'Break', conversations: 0 },
  { routingStatus: 'OFF_QUEUE', presence: 'Offline', conversations: 0 },
  { routingStatus: 'OFF_QUEUE', presence: 'Available', conversations: 0 },
] as const;

/** The agents of both platforms: number 7 is the same person in Genesys Cloud and in CXone. */
export class AgentBook {
  private readonly bornMs = Date.now();
  private readonly changed = new Map<number, Agent>();
  private total = 250;

  get count(): number {
    return this.total;
  }

  byNumber(n: number): Agent | undefined {
    if (!Number.isInteger(n) || n < 1 || n > this.total) return undefined;
    return this.changed.get(n) ?? this.original(n);
  }

  /** In the order of their numbers. */
  all(): Agent[] {
    return Array.from({ length: this.total }, (_, i) => this.changed.get(i + 1) ?? this.original(i + 1));
  }

  /** How many there are. The changes of those who are no more are forgotten. */
  resize(change: object): { readonly count: number } {
    const parsed = SWITCHES.safeParse(change);
    if (!parsed.success) throw new Refusal(400, complaintOf(parsed.error));
    this.total = parsed.data.count;
    for (const n of this.changed.keys()) if (n > this.total) this.changed.delete(n);
    return parsed.data;
  }

  /** Merges into how the agent stands. What stays the same keeps its time. */
  change(n: number, change: object): Agent {
    const agent = this.known(n);
    const parsed = CHANGE.safeParse(change);
    if (!parsed.success) throw new Refusal(400, complaintOf(parsed.error));
    if (!this.changed.has(n) && this.changed.size >= MOST_CHANGED) {
      throw new Refusal(409, `${MOST_CHANGED} agents are changed already, undo some with DELETE`);
    }
    const { agoMs, ...asked } = parsed.data;
    const next = dated(agent, { ...agent, ...asked } as Agent, Date.now() - agoMs);
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
    if (agent === undefined) throw new Refusal(404, 'no such agent');
    return agent;
  }

  private original(n: number): Agent {
    const since = { routingSinceMs: this.bornMs, presenceSinceMs: this.bornMs, workSinceMs: this.bornMs };
    // The index is a digit, and there are ten of them.
    const atFirst = AT_FIRST[n % 10] ?? AT_FIRST[0];
    return { n, ...atFirst, state: n % 100 === 0 ? 'inactive' : 'active', wrapUps: 0, ...since };
  }
}

function dated(before: Agent, after: Agent, atMs: number): Agent {
  const worked = before.conversations !== after.conversations || before.wrapUps !== after.wrapUps;
  return {
    ...after,
    routingSinceMs: before.routingStatus === after.routingStatus ? before.routingSinceMs : atMs,
    presenceSinceMs: before.presence === after.presence ? before.presenceSinceMs : atMs,
    workSinceMs: worked ? atMs : before.workSinceMs,
  };
}
