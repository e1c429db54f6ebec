import { destination, pino, type Logger } from 'pino';

/** Lines are written together, up to this many bytes or this long: a system call for each would be a tenth of a hit. */
const WRITE_TOGETHER_BYTES = 15_000;
const WRITE_AFTER_MS = 100;

/**
 * The process's one logger: JSON lines on standard output, written behind the requests rather than between them. Everything logged is
 * named field by field; nothing is logged as it came. A process that is killed loses its last tenth of a second.
 */
export function createRootLogger(level: string, region: string): Logger {
  const out = destination({ sync: false, minLength: WRITE_TOGETHER_BYTES });
  setInterval(() => out.flush(), WRITE_AFTER_MS).unref();
  return pino({ level, base: { region, pid: process.pid }, timestamp: isoTimestamp() }, out);
}

/** Spelling a date costs a hit 1.5 µs, and thousands of lines share a millisecond. */
function isoTimestamp(): () => string {
  let [atMs, text] = [-1, ''];
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) [atMs, text] = [nowMs, `,"time":"${new Date(nowMs).toISOString()}"`];
    return text;
  };
}
