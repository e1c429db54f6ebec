import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { REQUEST_ID } from '../../contracts/headers.js';
import type { ProblemCode } from '../../kernel/errors.js';

const CODE: ProblemCode = 'bad_request';
/**
 * Status and title for codes of Node's HTTP parser. Any other code is answered with 400, as Node
 * does.
 */
const PROBLEMS: Readonly<Record<string, readonly [status: number, title: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'request line and headers too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'request body too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request timed out'],
};

/**
 * Sends a problem document if Node's parser rejects the bytes of a request: malformed, too large or
 * too late. Such a request reaches no stage of the application, and Node's own response has no
 * body.
 */
export function respondToUnreadableRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A response that has begun cannot be replaced.
    if (socket.writable && !hasBegun(socket as Socket)) socket.write(problemResponse(error.code ?? ''));
    (socket as Socket).destroySoon();
  });
}

/**
 * Whether Node is writing a response on this connection. Node's default handler reads the same
 * field.
 */
function hasBegun(socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}

function problemResponse(parserCode: string): string {
  const [status, title] = PROBLEMS[parserCode] ?? [400, 'malformed request'];
  const requestId = randomUUID();
  const problem = JSON.stringify({ type: 'about:blank', title, status, code: CODE, requestId });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `${REQUEST_ID}: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(problem)}`,
    `\r\n${problem}`,
  ].join('\r\n');
}
