import type { Logger } from 'pino';

type Log = Pick<Logger, 'warn'>;

/** The lines that ioredis prints, by a part of their text, and the line that is logged instead. */
const LINES: readonly (readonly [part: string, line: string])[] = [
  ['does not require a password', 'Redis requires no password, but REDIS_URL has one'],
  ["wrong number of arguments for 'auth'", 'Redis before 6 knows no user names: REDIS_URL must have only a password'],
  ['Skipping the ready check', 'the Redis user may not run INFO'],
  ['[ioredis]', 'the Redis client reports an error that no listener handles'],
];

const logs = new Set<Log>();
let restore: (() => void) | undefined;

/**
 * Logs as JSON what ioredis prints to the console. A text may hold an address or a user name, so
 * the log has a text of ours. All other lines are printed unchanged.
 *
 * @returns a function that ends it for this log
 */
export function logLibraryLines(log: Log): () => void {
  logs.add(log);
  restore ??= replaceConsole();
  return () => {
    logs.delete(log);
    if (logs.size > 0) return;
    restore?.();
    restore = undefined;
  };
}

function replaceConsole(): () => void {
  /* eslint-disable no-console -- the console is what ioredis prints to */
  const { warn, error } = console;
  console.warn = (...parts: unknown[]) => logged(parts) || warn.apply(console, parts);
  console.error = (...parts: unknown[]) => logged(parts) || error.apply(console, parts);
  return () => Object.assign(console, { warn, error });
  /* eslint-enable no-console */
}

function logged([text]: readonly unknown[]): boolean {
  const found = LINES.find(([part]) => typeof text === 'string' && text.includes(part));
  if (found === undefined) return false;
  for (const log of logs) log.warn(found[1]);
  return true;
}
