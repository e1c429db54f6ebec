import { pino, type Logger, type LogFn } from 'pino';
import { randomBytes } from 'node:crypto';
import { AuditLog } from './audit-log.js';
import { describeError } from './describe-error.js';
import { declareLogFields } from './log-fields.js';
import { LineSink } from './line-sink.js';
import type { LogOutput, LostLines } from './log-output.js';
import { loggable } from './loggable.js';
import { RequestLines } from './request-lines.js';

declareLogFields({ region: 'text', pid: 'number', context: 'text', room: 'text' });

/** The most bytes of audit lines that wait for the reader: about 40,000 dips. */
const MAX_AUDIT_BYTES = 16 * 1024 * 1024;
/** The most bytes of lines of the service and of access lines of known callers that wait. */
const MAX_SERVICE_BYTES = 4 * 1024 * 1024;
/** The most bytes of access lines without a known caller that wait. */
const MAX_ANONYMOUS_BYTES = 1024 * 1024;

/**
 * The logger of the process, and the writers of its request lines and audit lines. All write to the
 * same output.
 */
export interface Logs {
  readonly log: Logger;
  readonly requests: RequestLines;
  readonly audit: AuditLog;
  readonly lostLines: LostLines;
}

/** Where lines go, by their kind. */
export interface LogOutputs {
  /** The lines of the service about itself, and the access lines of known callers. */
  readonly service: LogOutput;
  readonly audit: LogOutput;
  /** The access lines of requests without a known caller. */
  readonly anonymous: LogOutput;
}

/** Creates the logs of the process: JSON lines on standard output. */
export function createRootLogs(level: string, region: string): Logs {
  // Reading `process.stdout` makes Node switch a pipe to writes that do not block.
  const sink = new LineSink({ fd: process.stdout.fd });
  const warn = (room: string) => (lines: number) =>
    logs.log.warn({ lines, room }, 'log lines lost: the reader of the output is too slow');
  const logs = createLogs(level, region, {
    audit: sink.room({ maxBytes: MAX_AUDIT_BYTES, onLost: (lines) => logs.audit.linesLost(lines) }),
    service: sink.room({ maxBytes: MAX_SERVICE_BYTES, onLost: warn('service') }),
    anonymous: sink.room({ maxBytes: MAX_ANONYMOUS_BYTES, onLost: warn('anonymous') }),
  });
  return logs;
}

/**
 * Creates logs that write to `outputs`.
 *
 * Guarantees:
 * - A line holds a fixed text and declared fields (`log-fields.ts`), whatever the caller passes.
 * - An error is logged as its description (`describe-error.ts`), never as the error object.
 *
 * Does not guarantee: a check of the fields that a child logger is bound to, because pino does not
 * pass them to the formatter. Datadip creates no child logger.
 */
export function createLogs(level: string, region: string, { service, audit, anonymous }: LogOutputs): Logs {
  const base = { region, pid: process.pid };
  const timestamp = isoTimestamp();
  const formatters = { log: loggable };
  const log = pino({ level, base, timestamp, formatters, hooks: { logMethod: logDeclaredParts } }, service);
  const instance = randomBytes(4).toString('hex');
  const auditLog = new AuditLog(audit, timestamp, asFields({ ...base, instance }));
  const requests = new RequestLines(log, auditLog, service, anonymous, timestamp, asFields(base));
  const rooms = Object.entries<LogOutput>({ audit, service, anonymous });
  const lostLines: LostLines = () => rooms.map(([room, output]) => [room, output.lostLines?.() ?? 0]);
  return { log, requests, audit: auditLog, lostLines };
}

/** The fields as JSON text that begins with a comma. */
function asFields(fields: object): string {
  return `,${JSON.stringify(fields).slice(1, -1)}`;
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
