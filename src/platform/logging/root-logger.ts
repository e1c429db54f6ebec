import { pino, type DestinationStream, type Logger, type LogFn } from 'pino';
import { describeError } from './describe-error.js';
import { declareLogFields } from './log-fields.js';
import { LineSink } from './line-sink.js';
import { loggable } from './loggable.js';
import { RequestLines } from './request-lines.js';

declareLogFields({ region: 'text', pid: 'number', context: 'text', lines: 'number' });

/**
 * How the process speaks: of anything, and of each request. Both in the same lines, to the same
 * place.
 */
export interface Logs {
  readonly log: Logger;
  readonly requests: RequestLines;
}

/** The process's own: JSON lines on standard output. */
export function createRootLogs(level: string, region: string): Logs {
  const logs = createLogs(
    level,
    region,
    new LineSink({
      // Where it is a pipe, asking for its stream has Node make it one that does not block.
      fd: process.stdout.fd,
      onLost: (lines) => logs.log.warn({ lines }, 'lines were lost: nobody read the output'),
    }),
  );
  return logs;
}

/**
 * Promised: a line holds a fixed text and the fields that are listed as loggable, and nothing else,
 * whatever it was given. Nothing is logged as it came; of an error, what `describeError` tells. Not
 * promised: what a child of it is bound to, which pino writes unseen. Nobody makes one.
 */
export function createLogs(level: string, region: string, out: DestinationStream): Logs {
  const base = { region, pid: process.pid };
  const timestamp = isoTimestamp();
  const formatters = { log: loggable };
  const log = pino({ level, base, timestamp, formatters, hooks: { logMethod: inOurWords } }, out);
  return { log, requests: new RequestLines(log, out, timestamp, `,${JSON.stringify(base).slice(1, -1)}`) };
}

/**
 * Left to itself, pino takes the message of an error for the line's, and puts further values into
 * the text.
 */
function inOurWords(this: Logger, given: unknown[], write: LogFn): void {
  const [line, text] = given;
  if (line instanceof Error)
    write.call(this, { error: describeError(line) }, typeof text === 'string' ? text : 'error');
  else if (typeof line === 'object') write.call(this, line ?? {}, typeof text === 'string' ? text : '');
  else write.call(this, {}, typeof line === 'string' ? line : '');
}

/**
 * Spelling a date was 3 % of a near hit's profile, and under load many lines share a millisecond.
 */
function isoTimestamp(): () => string {
  let [atMs, text] = [-1, ''];
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) [atMs, text] = [nowMs, `,"time":"${new Date(nowMs).toISOString()}"`];
    return text;
  };
}
