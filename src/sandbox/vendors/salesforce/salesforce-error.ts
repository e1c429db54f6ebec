import type { Answer } from '../../exchange.js';

/** An error of the REST API. Its body is a list. */
export class SalesforceError extends Error {
  constructor(
    readonly errorCode: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }

  get answer(): Answer {
    return { status: this.status, body: errorBody(this.errorCode, this.message) };
  }
}

export function errorBody(errorCode: string, message: string): Answer['body'] {
  return [{ message, errorCode }];
}
