/** The most causes that are searched. */
const MOST_CAUSES = 50;

/** The errors of a broker that refuses credentials or lacks a permission. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

/** The errors of a group whose members change. The member joins again on its own. */
const REBALANCES: ReadonlySet<unknown> = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

/** The errors of a broker that starts: it does not know yet who coordinates the group. */
const STARTS: ReadonlySet<unknown> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
]);

/** The token service refuses the client. */
export class TokenRefused extends Error {
  readonly apiId = 'SASL_AUTHENTICATION_FAILED';
}

/** A failure that Datadip notices itself. Its message holds no secret and no address. */
export class ReadingFailed extends Error {}

interface Failure {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * Whether the broker refuses the credentials or lacks a permission. The client reports both as a
 * network error. The reason is in the causes of this error.
 */
export function isRefused(error: unknown): boolean {
  return causes(error).some(({ apiId }) => REFUSALS.has(apiId));
}

/** Whether the group is distributing its partitions again. */
export function isRebalance(error: unknown): boolean {
  return causes(error).some(({ apiId }) => REBALANCES.has(apiId));
}

/** Whether a broker answers, and has not finished its start. */
export function isStarting(error: unknown): boolean {
  return causes(error).some(({ apiId }) => STARTS.has(apiId));
}

/**
 * The text of the failure, without addresses. The messages of the client contain addresses, so they
 * are not used.
 */
export function failureText(error: unknown): string {
  const chain = causes(error);
  if (error instanceof ReadingFailed) return error.message;
  const topic = chain.map(({ message }) => /^Unknown topic (\S+)\.$/.exec(String(message))?.[1]).find(Boolean);
  if (topic !== undefined) return `topic ${topic} does not exist`;
  const api = chain.map(({ apiId }) => apiId).find((id) => typeof id === 'string');
  if (api !== undefined) return api;
  const codes = chain.map(({ code }) => code).filter((code) => typeof code === 'string');
  const system = codes.find((code) => !code.startsWith('PLT_KFK_'));
  if (system !== undefined) return system;
  const timedOut = chain.some(({ message }) => String(message).includes('timed out'));
  return timedOut ? 'no answer in time' : (codes.at(-1) ?? 'unknown failure');
}

function causes(error: unknown): Failure[] {
  const found: Failure[] = [];
  const open: unknown[] = [error];
  while (open.length > 0 && found.length < MOST_CAUSES) {
    const next = open.shift();
    if (typeof next !== 'object' || next === null) continue;
    const failure = next as Failure;
    found.push(failure);
    open.push(failure.cause, ...(Array.isArray(failure.errors) ? (failure.errors as unknown[]) : []));
  }
  return found;
}
