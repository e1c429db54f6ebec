import { CronTime, validateCronExpression } from 'cron';

/** What is wrong with the text as a cron expression; absent: nothing. */
export function cronText(text: string): string | undefined {
  return validateCronExpression(text).valid
    ? undefined
    : 'must be a cron expression: minute, hour, day of month, month, day of week';
}

/** Whether a window that lasts `forMs` from each moment of the expression is open at that moment of the wall clock. */
export function isInWindow(cron: string, forMs: number, atMs: number): boolean {
  const begins = new CronTime(cron).getNextDateFrom(new Date(atMs - forMs));
  return begins.toMillis() <= atMs;
}
