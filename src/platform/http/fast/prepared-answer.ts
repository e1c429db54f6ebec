import type { ServerResponse } from 'node:http';
import { CACHE_OUTCOME, REQUEST_ID, RETRY_AFTER } from '../../../contracts/headers.js';

export type CacheOutcome = 'HIT' | 'MISS' | 'STALE' | 'DEGRADED';

/** An answer whose body is JSON text already. It is written as it is: no serialising, no ETag, one write. */
export class PreparedAnswer {
  constructor(
    private readonly status: number,
    private readonly json: string,
    readonly cacheOutcome: CacheOutcome,
    private readonly retryAfterS?: number,
  ) {}

  /** The head goes out as one list: set one by one, its fields cost more than the body. */
  writeTo(response: ServerResponse, requestId: string): void {
    const bytes = Buffer.byteLength(this.json);
    const head = [
      'Content-Type',
      'application/json; charset=utf-8',
      'Content-Length',
      String(bytes),
      'Cache-Control',
      'no-store',
      'X-Content-Type-Options',
      'nosniff',
      CACHE_OUTCOME,
      this.cacheOutcome,
      REQUEST_ID,
      requestId,
    ];
    if (this.retryAfterS !== undefined) head.push(RETRY_AFTER, String(this.retryAfterS));
    response.writeHead(this.status, head);
    // As many bytes as characters is plain ASCII, which costs less to write as Latin-1 and comes out the same.
    response.end(this.json, bytes === this.json.length ? 'latin1' : 'utf8');
  }
}
