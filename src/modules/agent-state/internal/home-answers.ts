import { z } from 'zod';
import { EVALUATIONS } from '../../../contracts/skills.js';
import { HttpProblem, StoreUnavailable, type ProblemCode } from '../../../kernel/errors.js';
import { UnreachableProblem, type RemoteAnswer } from '../../../regions/remote-claims.js';
import type { AvailabilityAnswer, ClaimAnswer, LeaveAnswer, QueueAnswer, SkillsAnswer } from './answers.js';

const ID = z.string().max(64);
const COUNT = z.number().int().nonnegative();

const CLAIM = z.object({
  ...{ agentFound: z.boolean(), agentId: ID, lockToken: ID, fence: COUNT, lockExpiresInMs: COUNT, queueId: ID },
  ...{ error: z.string().max(40), region: z.string().max(32) },
});
const CLAIM_BY_SKILL = CLAIM.extend({
  matchedBy: z.enum(['', ...EVALUATIONS, 'preferred']),
  score: z.number().nonnegative(),
});
const CONFIRMED = z.object({ lockExpiresInMs: COUNT });
const RELEASED = z.object({ released: z.literal(true) });
const JOINED = z.object({ priorityScore: z.number() });
/** An earlier version has no `stillMember`: all its memberships are declared. */
const LEFT = z.object({ removed: z.boolean(), stillMember: z.boolean().default(false) });
const SKILLS = z.object({ outcome: z.enum(['applied', 'older']), skills: z.record(z.string().max(64), z.number()) });
const AVAILABILITY = z.object({
  ...{ queueId: ID, available: COUNT, busy: COUNT, offline: COUNT, stale: COUNT, withSkills: COUNT },
  firstFreeInMs: z.number().int(),
});
const AGENT = z.object({
  ...{ agentFound: z.boolean(), agentId: ID, status: z.enum(['AVAILABLE', 'BUSY', 'OFFLINE']) },
  ...{ currentCallId: z.string().max(256), lastUpdated: z.number(), platform: ID, platformStatus: ID },
  ...{ region: ID, stale: z.boolean(), priorityScore: z.number() },
});
const QUEUE = z.object({ queueId: ID, total: COUNT, agents: z.array(AGENT).max(500), nextOffset: z.number().int() });

/** Reads the answers of a home. `undefined` means that the answer has another form. */
export const homeAnswers = {
  claim: reader(CLAIM) satisfies (answer: RemoteAnswer) => ClaimAnswer | undefined,
  claimBySkill: claimBySkillReader() satisfies (answer: RemoteAnswer) => ClaimAnswer | undefined,
  /** Remaining milliseconds of the lock. */
  confirm: lockReader(CONFIRMED.transform(({ lockExpiresInMs }) => lockExpiresInMs)),
  release: lockReader(RELEASED),
  join: reader(JOINED),
  leave: reader(LEFT) satisfies (answer: RemoteAnswer) => LeaveAnswer | undefined,
  skills: ofThisVersion(reader(SKILLS)) satisfies (answer: RemoteAnswer) => SkillsAnswer | undefined,
  availability: ofThisVersion(reader(AVAILABILITY)) satisfies (answer: RemoteAnswer) => AvailabilityAnswer | undefined,
  members: reader(QUEUE) satisfies (answer: RemoteAnswer) => QueueAnswer | undefined,
};

/** Problems of the home that are the answer to the caller, too. */
const CODES: ReadonlySet<string> = new Set<ProblemCode>([
  ...(['bad_request', 'too_many_members', 'too_many_agents', 'too_many_skills', 'store_full'] as const),
  ...(['no_home', 'region_unreachable', 'wrong_tenant'] as const),
]);
const MAX_TITLE = 200;
/** A rolling upgrade of a region takes minutes. */
const EARLIER_RETRY_AFTER_S = 60;

function reader<T>(schema: z.ZodType<T>): (answer: RemoteAnswer) => T | undefined {
  return (answer) => {
    if (answer.status === 200) return schema.safeParse(answer.body).data;
    const problem = problemOf(answer);
    if (problem !== undefined) throw problem;
    return undefined;
  };
}

/** A version without claims by skill finds no queue in the request, and claims no agent. */
function claimBySkillReader(): (answer: RemoteAnswer) => ClaimAnswer | undefined {
  const read = reader(CLAIM_BY_SKILL);
  return (answer) => {
    if (answer.status === 200 && answer.body.error === 'no_queue') throw earlierVersion();
    return read(answer);
  };
}

/** A version without the route does not know its path. Its region answers everything else. */
function ofThisVersion<T>(read: (answer: RemoteAnswer) => T): (answer: RemoteAnswer) => T {
  return (answer) => {
    if (answer.status === 404 && answer.body.code === 'not_found') throw earlierVersion();
    return read(answer);
  };
}

function earlierVersion(): UnreachableProblem {
  return new UnreachableProblem(
    'region_unreachable',
    503,
    'home region unreachable for this request: it runs an earlier version',
    EARLIER_RETRY_AFTER_S,
  );
}

/** The home's word about a lock. `undefined` means that the token holds no lock. */
export interface LockAnswer<T> {
  readonly lock: T | undefined;
}

function lockReader<T>(schema: z.ZodType<T>): (answer: RemoteAnswer) => LockAnswer<T> | undefined {
  const read = reader(schema);
  return (answer) => {
    if (answer.status === 409 && answer.body.code === 'lock_not_held') return { lock: undefined };
    const lock = read(answer);
    return lock === undefined ? undefined : { lock };
  };
}

function problemOf({ status, body: { code, title }, retryAfterS }: RemoteAnswer): Error | undefined {
  if (code === 'store_unavailable') return new StoreUnavailable('the store of the home region is unavailable');
  if (typeof code !== 'string' || typeof title !== 'string' || !CODES.has(code)) return undefined;
  return new HttpProblem(code as ProblemCode, status, title.slice(0, MAX_TITLE), retryAfterS);
}
