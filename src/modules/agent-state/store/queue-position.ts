/** Largest priority score a caller can declare. */
export const MAX_PRIORITY = 999_999;

/** Characters before the agent id: ten of the priority score, thirteen of the time, a colon. */
const BEFORE_ID = 24;

export function toThreeDecimals(score: number): number {
  return Math.round(score * 1000) / 1000;
}

/** A priority score as ten characters that sort as the number does. */
export function priorityDigits(score: number): string {
  return score.toFixed(3).padStart(10, '0');
}

/**
 * The position of an agent among the free agents of a queue: text that sorts by priority score,
 * then by idle time.
 *
 * @param idleSince thirteen digits, Unix milliseconds
 */
export function queuePosition(score: number, idleSince: string, agentId: string): string {
  return `${priorityDigits(score)}${idleSince}:${agentId}`;
}

export function agentAtPosition(position: string): string {
  return position.slice(BEFORE_ID);
}
