import type { NextFunction, Request, Response } from 'express';

/** One stage of a request's way: calls `next` when the next one may go on. */
export type Middleware = (request: Request, response: Response, next: NextFunction) => void;

/** Several stages as one: every layer of Express's own router is in the way of every hit. */
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
