import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { REQUEST_ID } from '../../contracts/headers.js';
import type { ProblemCode } from '../../kernel/errors.js';

const CODE: ProblemCode = 'bad_request';
/** Anything else the parser stumbles over is a 400, as Node answers it. */
const REFUSED_AS: Readonly<Record<string, readonly [status: number, title: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'address and headers are too large together'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the body is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
};

/**
 * Tells whoever sent what is no request, or too large or too late to be one, in a problem document as everybody else: there is no
 * request yet, so no stage of ours would. Node's own answer is empty.
 */
export function answerUnreadable(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // An answer that has begun cannot be taken back.
    if (socket.writable && !hasBegun(socket as Socket)) socket.write(refusal(error.code ?? ''));
    (socket as Socket).destroySoon();
  });
}

/** Where Node keeps the answer that is being written on a connection: its own handling asks the same. */
function hasBegun(socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}

function refusal(parserCode: string): string {
  const [status, title] = REFUSED_AS[parserCode] ?? [400, 'the request cannot be understood'];
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
