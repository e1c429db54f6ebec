import type { Logger } from 'pino';
import { describeError } from '../platform/logging/describe-error.js';

/**
 * Logs an uncaught error in our own words and ends the process, as Node does.
 *
 * Node's own report would print the whole error. An error can quote a caller's request or an
 * origin's answer, so Node's report could write personal data to the log.
 */
export function logUncaught(process: NodeJS.Process, log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ error: describeError(error) }, 'uncaught: the process ends');
    log.flush(() => process.exit(1));
  });
}
