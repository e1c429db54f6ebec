import { pino, type DestinationStream, type Logger, type LogFn } from 'pino';
import { describeError } from './describe-error.js';
import { declareLogFields } from './log-fields.js';
import { LineSink } from './line-sink.js';
import { loggable } from './loggable.js';
import { RequestLines } from './request-lines.js';

declareLogFields({ region: 'text', pid: 'number', context: 'text', lines: 'number' });

/**
 * The logger of the process, and the writer of its request lines. Both write to the same output.
 */
export interface Logs {
  readonly log: Logger;
  readonly requests: RequestLines;
}

/** Creates the logs of the process: JSON lines on standard output. */
export function createRootLogs(level: string, region: string): Logs {
  const logs = createLogs(
    level,
    region,
    new LineSink({
      // Reading `process.stdout` makes Node switch a pipe to writes that do not block.
      fd: process.stdout.fd,
      onLost: (lines) => logs.log.warn({ lines }, 'log lines lost: the reader of the output is too slow'),
    }),
  );
  return logs;
}

/**
 * Creates logs that write to `out`.
 *
 * Guarantees:
 * - A line holds a fixed text and declared fields (`log-fields.ts`), whatever the caller passes.
 * - An error is logged as its description (`describe-error.ts`), never as the error object.
 *
 * Does not guarantee: a check of the fields that a child logger is bound to, because pino does not
 * pass them to the formatter. Datadip creates no child logger.
 */
export function createLogs(level: string, region: string, out: DestinationStream): Logs {
  const base = { region, pid: process.pid };
  const timestamp = isoTimestamp();
  const formatters = { log: loggable };
  const log = pino({ level, base, timestamp, formatters, hooks: { logMethod: logDeclaredParts } }, out);
  return { log, requests: new RequestLines(log, out, timestamp, `,${JSON.stringify(base).slice(1, -1)}`) };
}

/**
 * Replaces two habits of pino: pino copies the message of an error into the line, and inserts
 * further arguments into the text.
 */
function logDeclaredParts(this: Logger, args: unknown[], write: LogFn): void {
  const [line, text] = args;
  if (line instanceof Error)
    write.call(this, { error: describeError(line) }, typeof text === 'string' ? text : 'error');
  else if (typeof line === 'object') write.call(this, line ?? {}, typeof text === 'string' ? text : '');
  else write.call(this, {}, typeof line === 'string' ? line : '');
}

/**
 * Formats a time once per millisecond, because many lines share a millisecond under load. The
 * formatting was 3 % of the CPU profile of a near hit.
 */
function isoTimestamp(): () => string {
  let [atMs, text] = [-1, ''];
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) [atMs, text] = [nowMs, `,"time":"${new Date(nowMs).toISOString()}"`];
    return text;
  };
}
