import { AxiosError, type AxiosResponse } from 'axios';
import type { ClientRequest } from 'node:http';
import { declaredCharset, decodeText, UndecodableText } from '../../kernel/decode-text.js';
import { parseReadings } from '../../kernel/json-text.js';
import { OriginFailure, type DegradedReason, type OriginFailureDetails } from '../../kernel/errors.js';
import type { Credentials } from '../auth/auth-strategy.js';
import type { OriginAnswer } from '../origin.js';
import { retryAfterMs } from './retry-after.js';

/** Errors after which the origin cannot have received the call. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);
/** On a reused connection, these errors mean that the origin had already closed it. */
const CONNECTION_DIED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Reads the answer out of an HTTP response. 404, 410, 204 and an empty body mean "no such record".
 *
 * @param charset replaces the charset that the response declares
 * @throws {OriginFailure}
 */
export function parseAnswer(
  response: AxiosResponse<Buffer>,
  { tokenNumber }: Credentials,
  charset?: string,
): OriginAnswer {
  const { status, data, headers } = response;
  if (tokenNumber !== undefined && status === 401) throw tokenRefused(tokenNumber);
  if (status === 404 || status === 410 || status === 204) return { body: undefined };
  if (status < 200 || status > 299)
    throw new OriginFailure(reasonOf(status), `the origin answered ${status}`, detailsOf(status, headers));
  return parseBody(data, charset ?? declaredCharset(contentType(headers)));
}

/** Describes a failed HTTP call without its URL, headers and body. */
export function toOriginFailure(error: unknown): OriginFailure {
  const code = error instanceof AxiosError ? error.code : undefined;
  const message = `the call of the origin failed${code === undefined ? '' : ` (${code})`}`;
  return new OriginFailure('origin_error', message, { neverArrived: neverArrived(error) });
}

function tokenRefused(tokenNumber: number): OriginFailure {
  return new OriginFailure('origin_error', 'the origin refused the token', { alive: true, refusedToken: tokenNumber });
}

function reasonOf(status: number): DegradedReason {
  return status === 429 ? 'origin_rate_limited' : 'origin_error';
}

/**
 * A status below 500 means that the request or its credentials were wrong, and that the origin
 * works.
 */
function detailsOf(status: number, headers: AxiosResponse['headers']): OriginFailureDetails {
  const refused = status === 429 || status === 503;
  const alive = status < 500;
  return refused ? { alive, refused, retryAfterMs: retryAfterMs(headers) } : { alive };
}

function contentType(headers: AxiosResponse['headers']): string | undefined {
  const type: unknown = headers['content-type'];
  return typeof type === 'string' ? type : undefined;
}

function parseBody(bytes: Buffer, charset: string | undefined): OriginAnswer {
  try {
    const text = decodeText(bytes, charset);
    if (text.trim() === '') return { body: undefined };
    const { exact, rounded } = parseReadings(text);
    return exact === rounded ? { body: exact } : { body: exact, rounded };
  } catch (error) {
    // The parser's message quotes the text, so the failure does not carry it as its cause.
    throw new OriginFailure('origin_error', whyUnreadable(error), { alive: true });
  }
}

function whyUnreadable(error: unknown): string {
  if (!(error instanceof UndecodableText)) return 'the answer of the origin is not valid JSON';
  return error.fault === 'malformed'
    ? 'the answer of the origin is not text in its charset (default UTF-8)'
    : 'the answer of the origin has an unknown charset';
}

function neverArrived(error: unknown): boolean {
  if (!(error instanceof AxiosError) || error.response !== undefined) return false;
  const code = error.code ?? '';
  const request = error.request as Partial<ClientRequest> | undefined;
  return NEVER_ARRIVED.has(code) || (CONNECTION_DIED.has(code) && request?.reusedSocket === true);
}
