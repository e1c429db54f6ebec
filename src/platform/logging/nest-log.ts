import { Logger } from 'nestjs-pino';

/** Nest's own words in our log. What it says of every route it maps at start is for debugging. */
export class NestLog extends Logger {
  override log(message: unknown, ...details: unknown[]): void {
    this.debug(message, ...details);
  }
}
