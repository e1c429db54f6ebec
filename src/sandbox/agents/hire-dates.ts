/** The date of hire of agent n, `YYYY-MM-DD`: in 2005 to 2024, by the number of the agent. */
export function hireDate(n: number): string {
  return [2005 + (n % 20), (n % 12) + 1, (n % 28) + 1].map((part) => String(part).padStart(2, '0')).join('-');
}
