import type { Logger } from 'pino';
import { describeError } from '../platform/logging/describe-error.js';

/**
 * What nobody caught ends the process, as Node would, but in our log's words: Node's own report prints the error whole, and with it
 * whatever a caller sent or an origin said.
 */
export function logUncaught(process: NodeJS.Process, log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ error: describeError(error) }, 'uncaught: the process ends');
    log.flush(() => process.exit(1));
  });
}
