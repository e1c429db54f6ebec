/** What an administrator may declare; three decimals count. */
export const MAX_PRIORITY = 999_999;

export function toThreeDecimals(score: number): number {
  return Math.round(score * 1000) / 1000;
}

/** A priority score as ten characters that sort as the number does. */
export function priorityDigits(score: number): string {
  return score.toFixed(3).padStart(10, '0');
}
