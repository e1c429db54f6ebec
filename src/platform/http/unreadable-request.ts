import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { REQUEST_ID } from '../../contracts/headers.js';
import type { ProblemCode } from '../../kernel/errors.js';

interface ParserProblem {
  readonly status: number;
  readonly title: string;
  readonly code: ProblemCode;
  /** Further header lines. */
  readonly headers?: readonly string[];
}

/**
 * The problems for codes of Node's HTTP parser. Any other code is answered with 400, as Node does.
 */
const PROBLEMS: Readonly<Record<string, ParserProblem>> = {
  HPE_HEADER_OVERFLOW: { status: 431, title: 'request line and headers too large', code: 'bad_request' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, title: 'request body too large', code: 'bad_request' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, title: 'request timed out', code: 'bad_request' },
};
const MALFORMED: ParserProblem = { status: 400, title: 'malformed request', code: 'bad_request' };
const METHODS = 'DELETE, GET, HEAD, POST, PUT';
const TUNNEL: ParserProblem = {
  status: 405,
  title: `method not allowed; allowed: ${METHODS}`,
  code: 'method_not_allowed',
  headers: [`Allow: ${METHODS}`],
};

/** Receives each answered request that no stage of the application has seen. */
export type UnreadableLog = (requestId: string, method: string | undefined, status: number) => void;

/**
 * Sends a problem document if Node's parser rejects the bytes of a request: malformed, too large or
 * too late. Such a request reaches no stage of the application, and Node's own response has no
 * body. A tunnel (CONNECT) gets a problem document, too: Node would close its connection without a
 * response.
 */
export function respondToUnreadableRequests(server: Server, log: UnreadableLog): void {
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    // A response that has begun cannot be replaced.
    if (socket.writable && !hasBegun(socket)) refuse(socket, PROBLEMS[error.code ?? ''] ?? MALFORMED, undefined, log);
    socket.destroySoon();
  });
  server.on('connect', ({ method }: IncomingMessage, stream) => {
    const socket = stream as Socket;
    socket.on('error', () => undefined);
    refuse(socket, TUNNEL, method, log);
    socket.destroySoon();
  });
}

/**
 * Whether Node is writing a response on this connection. Node's default handler reads the same
 * field.
 */
function hasBegun(socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}

function refuse(socket: Socket, problem: ParserProblem, method: string | undefined, log: UnreadableLog): void {
  const requestId = randomUUID();
  socket.write(problemResponse(problem, requestId));
  log(requestId, method, problem.status);
}

function problemResponse({ status, title, code, headers = [] }: ParserProblem, requestId: string): string {
  const problem = JSON.stringify({ type: 'about:blank', title, status, code, requestId });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `${REQUEST_ID}: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    ...headers,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(problem)}`,
    `\r\n${problem}`,
  ].join('\r\n');
}
