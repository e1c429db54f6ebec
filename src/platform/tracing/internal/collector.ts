import http from 'node:http';
import https from 'node:https';

/** How an export ended. `code` is a word of Node, such as `ECONNREFUSED`. */
export type ExportResult =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly code: string };

/** The longest time of one export, from the connection to the end of the response. */
const EXPORT_WITHIN_MS = 5000;
/** A response of a collector has some bytes. More than these end the connection. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Sends bodies to a collector over one connection.
 *
 * Guarantees:
 * - `send` settles within `withinMs`, whatever the collector does. It never rejects.
 * - The head of a response decides. Its body is thrown away, at most `MAX_RESPONSE_BYTES`.
 */
export class Collector {
  private readonly agent: http.Agent;
  private readonly protocol: typeof http | typeof https;
  private readonly url: URL;

  constructor(
    url: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly withinMs = EXPORT_WITHIN_MS,
  ) {
    this.url = new URL(url);
    this.protocol = this.url.protocol === 'https:' ? https : http;
    this.agent = new this.protocol.Agent({ keepAlive: true, maxSockets: 1 });
  }

  send(body: string): Promise<ExportResult> {
    return new Promise((resolve) => {
      // The connection may close without a response and without an error.
      let result: ExportResult = { kind: 'failed', code: 'ECONNRESET' };
      const request = this.open(Buffer.byteLength(body));
      const late = setTimeout(() => {
        if (result.kind === 'failed') result = { kind: 'failed', code: 'ETIMEDOUT' };
        request.destroy();
      }, this.withinMs).unref();
      request.on('error', ({ code = 'ERROR' }: NodeJS.ErrnoException) => {
        if (result.kind === 'failed' && result.code !== 'ETIMEDOUT') result = { kind: 'failed', code };
      });
      request.once('response', (response) => {
        result = resultOf(response.statusCode ?? 0);
        throwAway(response);
      });
      request.once('close', () => {
        clearTimeout(late);
        resolve(result);
      });
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private open(bytes: number): http.ClientRequest {
    const headers = { ...this.headers, 'content-type': 'application/json', 'content-length': bytes };
    return this.protocol.request(this.url, { method: 'POST', agent: this.agent, headers });
  }
}

function throwAway(response: http.IncomingMessage): void {
  let bytes = 0;
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) response.destroy();
  });
}

function resultOf(status: number): ExportResult {
  return status >= 200 && status < 300 ? { kind: 'taken' } : { kind: 'refused', status };
}
