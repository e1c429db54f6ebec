import { Logger } from 'nestjs-pino';
import { describeError } from './describe-error.js';

/** The accepted context names: names of classes of the framework or of Datadip. */
const CONTEXT = /^[\w ]{1,64}$/;

/**
 * Writes the log calls of the Nest framework to the log of the process.
 *
 * Nest logs every module and route at start. These lines consist of names in the code, and are
 * written at level `debug`. A warning or an error of Nest often carries an error of other code. The
 * message of such an error may quote a caller, so only its description is logged.
 */
export class NestLog extends Logger {
  override log(message: unknown, ...details: unknown[]): void {
    this.debug(message, ...details);
  }

  override warn(message: unknown, ...details: unknown[]): void {
    super.warn({ error: describeError(message) }, 'framework warning', contextIn(details));
  }

  override error(message: unknown, ...details: unknown[]): void {
    super.error({ error: describeError(message) }, 'framework error', contextIn(details));
  }

  override fatal(message: unknown, ...details: unknown[]): void {
    super.fatal({ error: describeError(message) }, 'framework failed', contextIn(details));
  }
}

/**
 * Nest passes the context as the last argument, if at all. That argument may also be a stack trace.
 */
function contextIn(details: readonly unknown[]): string {
  const last = details.at(-1);
  return typeof last === 'string' && CONTEXT.test(last) ? last : 'Nest';
}
