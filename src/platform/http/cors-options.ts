import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import { CACHE_OUTCOME, REQUEST_ID, RETRY_AFTER } from '../../contracts/headers.js';

/** How long a browser need not ask again. */
const MAX_AGE_S = 600;

/** For Custom Apps that ask from the browser: the declared origins and no others, with a key or a token, never with cookies. */
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
