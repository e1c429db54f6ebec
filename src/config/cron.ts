import { CronTime, validateCronExpression } from 'cron';

/** What is wrong with the text as a cron expression; absent: nothing. */
export function cronText(text: string): string | undefined {
  if (!validateCronExpression(text).valid)
    return 'must be a cron expression: minute, hour, day of month, month, day of week';
  return everComes(text) ? undefined : 'must name a moment that comes: no day is like this';
}

/** The thirtieth of February is well formed, and asking for it throws. */
function everComes(cron: string): boolean {
  try {
    new CronTime(cron).getNextDateFrom(new Date());
    return true;
  } catch {
    return false;
  }
}

/** Whether a window is open, and until when that is so. */
interface WindowState {
  readonly isOpen: boolean;
  readonly untilMs: number;
}

/** The state of a window that lasts `forMs` from each moment of the expression, at that moment of the wall clock. Takes milliseconds to find. */
export function windowAt(cron: string, forMs: number, atMs: number): WindowState {
  const beginsMs = new CronTime(cron).getNextDateFrom(new Date(atMs - forMs)).toMillis();
  return beginsMs <= atMs ? { isOpen: true, untilMs: beginsMs + forMs } : { isOpen: false, untilMs: beginsMs };
}
