import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

/** Their answers are read by machines, carry what matters of this themselves, and have no time for a dozen headers. */
const DIPS = /^\/(lookup\/|api\/v1\/profile\b)/i;

const secured = helmet({
  // Nothing here is a page, and nothing may be framed.
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
});

/** The headers by which a browser keeps what it was given to itself, on everything but dips. */
export function secureHeaders(request: Request, response: Response, next: NextFunction): void {
  if (DIPS.test(request.url)) next();
  else secured(request, response, next);
}
