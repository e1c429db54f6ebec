import { CronTime, validateCronExpression } from 'cron';

/** Returns what is wrong with a cron expression. `undefined` means that the expression is valid. */
export function cronText(text: string): string | undefined {
  if (!validateCronExpression(text).valid)
    return 'must be a cron expression: minute, hour, day of month, month, day of week';
  return hasNextDate(text) ? undefined : 'must match a date that exists';
}

/** The 30th of February is well formed, and the search for the next date throws. */
function hasNextDate(cron: string): boolean {
  try {
    new CronTime(cron).getNextDateFrom(new Date());
    return true;
  } catch {
    return false;
  }
}

/** Whether a window is open, and until which moment that stays true. */
interface WindowState {
  readonly isOpen: boolean;
  readonly untilMs: number;
}

/**
 * Returns the state of a window at a moment of the wall clock. The window lasts `forMs` from each
 * moment of the expression. The search takes milliseconds.
 */
export function windowAt(cron: string, forMs: number, atMs: number): WindowState {
  const beginsMs = new CronTime(cron).getNextDateFrom(new Date(atMs - forMs)).toMillis();
  return beginsMs <= atMs ? { isOpen: true, untilMs: beginsMs + forMs } : { isOpen: false, untilMs: beginsMs };
}
