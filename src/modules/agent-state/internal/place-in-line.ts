/** What an administrator may declare; three decimals count. */
export const MAX_PRIORITY = 999_999;

/** A priority score as ten characters that sort as the number does. */
export function priorityDigits(score: number): string {
  return score.toFixed(3).padStart(10, '0');
}
