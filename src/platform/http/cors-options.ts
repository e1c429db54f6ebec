import type { CorsOptions } from 'cors';
import { CACHE_OUTCOME, REQUEST_ID, RETRY_AFTER } from '../../contracts/headers.js';

/** How long a browser caches the response of a preflight request, in seconds. */
const MAX_AGE_S = 600;

/**
 * CORS for Custom Apps that call from a browser: the declared origins only, with an API key or a
 * token, never with cookies.
 */
export function corsOptions(origins: readonly string[]): CorsOptions {
  return {
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['Authorization', 'Content-Type', 'X-API-Key', 'X-Genesys-Org', REQUEST_ID],
    exposedHeaders: [CACHE_OUTCOME, REQUEST_ID, RETRY_AFTER],
    credentials: false,
    maxAge: MAX_AGE_S,
  };
}
