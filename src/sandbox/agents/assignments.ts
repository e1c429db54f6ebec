import { z } from 'zod';
import { RequestError } from '../exchange.js';
import { validate } from '../validation.js';
import { initialQueues, initialSkills, QUEUE_COUNT, skillNumber } from './routing-catalog.js';

/** Only changed agents are held in memory. This limit bounds that memory. */
const MAX_CHANGED = 10_000;

/** Whether the agent has joined the queue. `null` means that the agent is no member. */
const JOINED = z.boolean().nullable();
export const QUEUES = z.record(z.string(), JOINED);
/** `null` takes the skill away. */
const SKILLS = z.record(z.string(), z.number().min(0).max(5).nullable());

interface Assigned {
  /** By queue: whether the agent has joined it. A member that has not joined gets no calls. */
  readonly queues: ReadonlyMap<number, boolean>;
  /** By skill: the proficiency, 0 to 5, where 5 is best. */
  readonly skills: ReadonlyMap<number, number>;
  /** When the queues or skills changed, in milliseconds of the wall clock. */
  readonly changedMs: number;
}

/** The queues and skills of agents, as a supervisor assigns them. Nothing is built in advance. */
export class Assignments {
  private readonly createdAtMs = Date.now();
  private readonly changed = new Map<number, Assigned>();

  of(n: number): Assigned {
    return this.changed.get(n) ?? this.original(n);
  }

  /** Merges `{ "<queue>": true | false | null }` into the queues of the agent. */
  changeQueues(n: number, change: object): Assigned {
    const entries = Object.entries(validate(QUEUES, change));
    const changes = entries.map(([queue, joined]) => [parseQueue(queue), joined] as const);
    const before = this.of(n);
    return this.set(n, { ...before, queues: merged(before.queues, changes) });
  }

  /** Merges `{ "<skill's name>": proficiency | null }` into the skills of the agent. */
  changeSkills(n: number, change: object): Assigned {
    const entries = Object.entries(validate(SKILLS, change));
    const changes = entries.map(([name, proficiency]) => [parseSkill(name), proficiency] as const);
    const before = this.of(n);
    return this.set(n, { ...before, skills: merged(before.skills, changes) });
  }

  /** Restores the initial queues and skills of the agent. */
  undo(n: number): Assigned {
    this.changed.delete(n);
    return this.original(n);
  }

  /** Deletes the changes of agents with a higher number. */
  keepUpTo(count: number): void {
    for (const n of this.changed.keys()) if (n > count) this.changed.delete(n);
  }

  private set(n: number, assigned: Assigned): Assigned {
    if (!this.changed.has(n) && this.changed.size >= MAX_CHANGED) {
      const count = this.changed.size;
      throw new RequestError(409, `${count} agents are changed; allowed: ${MAX_CHANGED}; undo changes with DELETE`);
    }
    const next = { ...assigned, changedMs: Date.now() };
    this.changed.set(n, next);
    return next;
  }

  private original(n: number): Assigned {
    return { queues: initialQueues(n), skills: initialSkills(n), changedMs: this.createdAtMs };
  }
}

/** @throws {RequestError} 400 */
export function parseQueue(text: string): number {
  const queue = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (queue < 1 || queue > QUEUE_COUNT) {
    throw new RequestError(400, `${text}: no such queue; allowed: 1 to ${QUEUE_COUNT}`);
  }
  return queue;
}

function parseSkill(name: string): number {
  const skill = skillNumber(name);
  if (skill === undefined) throw new RequestError(400, `${name}: no such skill`);
  return skill;
}

function merged<Value>(
  before: ReadonlyMap<number, Value>,
  changes: readonly (readonly [number, Value | null])[],
): ReadonlyMap<number, Value> {
  const after = new Map(before);
  for (const [key, value] of changes) {
    if (value === null) after.delete(key);
    else after.set(key, value);
  }
  return after;
}
