import { destination, pino, type DestinationStream, type Logger, type LogFn } from 'pino';
import { describeError } from './describe-error.js';
import { loggable } from './loggable.js';

/** Lines are written together, up to this many bytes or this long: a system call for each would be a tenth of a hit. */
const WRITE_TOGETHER_BYTES = 15_000;
const WRITE_AFTER_MS = 100;

/**
 * The process's one logger: JSON lines on standard output, written behind the requests rather than between them. A process that is
 * killed loses its last tenth of a second.
 */
export function createRootLogger(level: string, region: string): Logger {
  const out = destination({ sync: false, minLength: WRITE_TOGETHER_BYTES });
  setInterval(() => out.flush(), WRITE_AFTER_MS).unref();
  return createLogger(level, region, out);
}

/**
 * Promised: a line holds a fixed text and the fields that are listed as loggable, and nothing else, whatever it was given. Nothing is
 * logged as it came; of an error, what `describeError` tells.
 * Not promised: what a child of it is bound to, which pino writes unseen. Nobody makes one.
 */
export function createLogger(level: string, region: string, out: DestinationStream): Logger {
  const options = {
    level,
    base: { region, pid: process.pid },
    timestamp: isoTimestamp(),
    formatters: { log: loggable },
    hooks: { logMethod: inOurWords },
  };
  return pino(options, out);
}

/** Left to itself, pino takes the message of an error for the line's, and puts further values into the text. */
function inOurWords(this: Logger, given: unknown[], write: LogFn): void {
  const [line, text] = given;
  if (line instanceof Error)
    write.call(this, { error: describeError(line) }, typeof text === 'string' ? text : 'error');
  else if (typeof line === 'object') write.call(this, line ?? {}, typeof text === 'string' ? text : '');
  else write.call(this, {}, typeof line === 'string' ? line : '');
}

/** Spelling a date was 3 % of a near hit's profile, and under load many lines share a millisecond. */
function isoTimestamp(): () => string {
  let [atMs, text] = [-1, ''];
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) [atMs, text] = [nowMs, `,"time":"${new Date(nowMs).toISOString()}"`];
    return text;
  };
}
