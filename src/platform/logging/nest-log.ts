import { Logger } from 'nestjs-pino';
import { describeError } from './describe-error.js';

/** A class of the framework or of ours. */
const CONTEXT = /^[\w ]{1,64}$/;

/**
 * Nest's own words in our log.
 *
 * What it says of every module and route at start is for debugging, and made of names in the code.
 * What it says when something went wrong is mostly somebody else's error, whose words may quote
 * what a caller sent: of that the class and the places are kept.
 */
export class NestLog extends Logger {
  override log(message: unknown, ...details: unknown[]): void {
    this.debug(message, ...details);
  }

  override warn(message: unknown, ...details: unknown[]): void {
    super.warn({ error: describeError(message) }, 'the framework warns', contextIn(details));
  }

  override error(message: unknown, ...details: unknown[]): void {
    super.error({ error: describeError(message) }, 'the framework met an error', contextIn(details));
  }

  override fatal(message: unknown, ...details: unknown[]): void {
    super.fatal({ error: describeError(message) }, 'the framework cannot go on', contextIn(details));
  }
}

/** It comes last, where it comes at all; a stack may, too. */
function contextIn(details: readonly unknown[]): string {
  const last = details.at(-1);
  return typeof last === 'string' && CONTEXT.test(last) ? last : 'Nest';
}
