/** Largest priority score a caller can declare. */
export const MAX_PRIORITY = 999_999;

/** Characters before the ordinal: ten of the priority score, thirteen of the time, a colon. */
const BEFORE_ORDINAL = 24;

export function toThreeDecimals(score: number): number {
  return Math.round(score * 1000) / 1000;
}

/** A priority score as ten characters that sort as the number does. */
export function priorityDigits(score: number): string {
  return score.toFixed(3).padStart(10, '0');
}

/**
 * The position of an agent among the free agents of a queue. The text sorts by priority score, then
 * by idle time, then by the agent's ordinal.
 *
 * @param idleSince thirteen digits, Unix milliseconds
 */
export function queuePosition(score: number, idleSince: string, ordinal: string): string {
  return `${priorityDigits(score)}${idleSince}:${ordinal}`;
}

export function ordinalAtPosition(position: string): string {
  return position.slice(BEFORE_ORDINAL);
}
