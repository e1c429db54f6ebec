import { HttpProblem, type OriginFailure } from '../../../kernel/errors.js';

/** The bounds of the checks of users' tokens. */
export const LIMITS_OF_CHECKS = {
  /** The longest time for which a request waits for a check. The platform answers in 0.2 s. */
  waitMs: 1500,
  /** The part of the deadline of a request that stays for the answer itself. */
  reservedMs: 500,
  /** Concurrent checks of one process, so that a platform that hangs keeps permits for lookups. */
  maxConcurrent: 50,
  /** The checks have their own circuit. The name is no name that a lookup can have. */
  circuit: 'users/me',
  /** Half of the rate stays for the lookups and the agents of the system. */
  unknownTokens: { name: 'unknown-users', share: 0.5 },
} as const;

const RETRY_AFTER_S = 2;
/** After a longer pause of the platform, one more attempt does no harm. */
const MAX_RETRY_AFTER_S = 60;

/** Problems are created once: an error of JavaScript collects its stack, which costs 10 µs. */
export const PROBLEMS = {
  wrongOrganization: new HttpProblem('wrong_organization', 403, 'user of an organization that is not declared'),
  addressLimit: new HttpProblem('too_many_requests', 429, 'too many unknown tokens from this address', 3),
  unavailable: new HttpProblem('platform_unavailable', 503, unverified('gives no answer'), RETRY_AFTER_S),
  overBudget: new HttpProblem('platform_unavailable', 503, unverified('is at its limit'), RETRY_AFTER_S),
} as const;

function unverified(reason: string): string {
  return `token not verified: the platform ${reason}`;
}

/** The answer after a check without a verdict. The platform may name the time for a further one. */
export function problemAfter({ code, details: { retryAfterMs } }: OriginFailure): HttpProblem {
  if (code === 'shed') return PROBLEMS.overBudget;
  if (retryAfterMs === undefined) return PROBLEMS.unavailable;
  const retryAfterS = Math.min(MAX_RETRY_AFTER_S, Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return new HttpProblem('platform_unavailable', 503, PROBLEMS.overBudget.message, retryAfterS);
}
