import { z } from 'zod';
import { HttpProblem, StoreUnavailable, type ProblemCode } from '../../../kernel/errors.js';
import type { RemoteAnswer } from '../../../regions/remote-claims.js';
import type { ClaimAnswer, QueueAnswer } from './answers.js';

const ID = z.string().max(64);
const COUNT = z.number().int().nonnegative();

const CLAIM = z.object({
  ...{ agentFound: z.boolean(), agentId: ID, lockToken: ID, fence: COUNT, lockExpiresInMs: COUNT, queueId: ID },
  ...{ error: z.string().max(40), region: z.string().max(32) },
});
const CONFIRMED = z.object({ lockExpiresInMs: COUNT });
const RELEASED = z.object({ released: z.literal(true) });
const JOINED = z.object({ priorityScore: z.number() });
const LEFT = z.object({ removed: z.boolean() });
const AGENT = z.object({
  ...{ agentFound: z.boolean(), agentId: ID, status: z.enum(['AVAILABLE', 'BUSY', 'OFFLINE']) },
  ...{ currentCallId: z.string().max(256), lastUpdated: z.number(), platform: ID, platformStatus: ID },
  ...{ region: ID, stale: z.boolean(), priorityScore: z.number() },
});
const QUEUE = z.object({ queueId: ID, total: COUNT, agents: z.array(AGENT).max(500), nextOffset: z.number().int() });

/** Reads the answers of a home. `undefined` means that the answer has another form. */
export const homeAnswers = {
  claim: reader(CLAIM) satisfies (answer: RemoteAnswer) => ClaimAnswer | undefined,
  /** Remaining milliseconds of the lock. */
  confirm: lockReader(CONFIRMED.transform(({ lockExpiresInMs }) => lockExpiresInMs)),
  release: lockReader(RELEASED),
  join: reader(JOINED),
  leave: reader(LEFT),
  members: reader(QUEUE) satisfies (answer: RemoteAnswer) => QueueAnswer | undefined,
};

/** Problems of the home that are the answer to the caller, too. */
const CODES: ReadonlySet<string> = new Set<ProblemCode>([
  ...(['bad_request', 'too_many_members', 'too_many_agents', 'store_full', 'no_home', 'region_unreachable'] as const),
  'wrong_tenant',
]);
const MAX_TITLE = 200;

function reader<T>(schema: z.ZodType<T>): (answer: RemoteAnswer) => T | undefined {
  return (answer) => {
    if (answer.status === 200) return schema.safeParse(answer.body).data;
    const problem = problemOf(answer);
    if (problem !== undefined) throw problem;
    return undefined;
  };
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
