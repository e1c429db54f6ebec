import type { NextFunction, Request, Response } from 'express';

/** A stage of a request. Calls `next` when the next stage may run. */
export type Middleware = (request: Request, response: Response, next: NextFunction) => void;

/**
 * Runs several stages in their order as one. A stage that calls `next` with an error is the last.
 */
export function composeMiddleware(...stages: readonly Middleware[]): Middleware {
  return (request, response, leave) => {
    let at = 0;
    const next = (error?: unknown): void => {
      const stage = error === undefined ? stages[at++] : undefined;
      if (stage === undefined) leave(error);
      else stage(request, response, next);
    };
    next();
  };
}
