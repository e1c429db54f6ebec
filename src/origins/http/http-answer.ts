import { AxiosError, type AxiosResponse } from 'axios';
import type { ClientRequest } from 'node:http';
import { declaredCharset, decodeText, UndecodableText } from '../../kernel/decode-text.js';
import { OriginFailure, type UnusableAnswer } from '../../kernel/errors.js';
import type { Credentials } from '../auth/auth-strategy.js';
import { NEVER_ARRIVED } from '../network-faults.js';
import type { OriginAnswer } from '../origin.js';
import { readBody, verdictOf } from './answer-body.ts';
import type { HttpAnswer, HttpRequest, Interpretation } from './http-request.js';
import { retryAfterMs } from './retry-after.js';
import { charsetInXml, isXmlType } from './xml-text.ts';

/** On a reused connection, these errors mean that the origin had already closed it. */
const CONNECTION_DIED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Reads the answer out of an HTTP response, as the request interprets it.
 *
 * @param charset replaces the charset that the response declares
 * @throws {OriginFailure}
 */
export async function parseAnswer(
  response: AxiosResponse<Buffer>,
  { tokenNumber }: Credentials,
  { interpret = asJson }: HttpRequest,
  charset?: string,
): Promise<OriginAnswer> {
  const { status } = response;
  if (tokenNumber !== undefined && status === 401) throw tokenRefused(tokenNumber);
  if (status === 429 || status === 503) throw unusable('status', response);
  const read = await interpret({ status, headers: headersOf(response), text: textOf(response, charset) });
  if (read.kind === 'failed') throw unusable(read.reason, response);
  return { body: read.kind === 'not-found' ? undefined : read.value };
}

/**
 * 404 and 410 with a JSON body, 410 without a body, 204 and an empty success mean "no such record".
 */
function asJson({ status, headers, text }: HttpAnswer): Promise<Interpretation> {
  const contentType = headers['content-type'] ?? '';
  const body = readBody(text, contentType);
  const verdict = verdictOf(status, contentType, body);
  if (verdict === 'answer') return Promise.resolve({ kind: 'answer', value: body.value });
  return Promise.resolve(verdict === 'not-found' ? { kind: 'not-found' } : { kind: 'failed', reason: verdict });
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

/**
 * A failure that the origin answered. A status below 500 means that the request or its credentials
 * were wrong, or that the answer cannot be used, and that the origin works.
 */
function unusable(reason: UnusableAnswer, { status, headers }: AxiosResponse): OriginFailure {
  const details = { fault: reason === 'status' ? undefined : reason, alive: status < 500 };
  const isLimit = status === 429 || reason === 'rate_limited';
  const refused = isLimit || status === 503;
  return new OriginFailure(
    isLimit ? 'origin_rate_limited' : 'origin_error',
    reason === 'status' ? `the origin answered ${status}` : `the answer of the origin cannot be used: ${reason}`,
    refused ? { ...details, refused, retryAfterMs: retryAfterMs(headers) } : details,
  );
}

function headersOf({ headers }: AxiosResponse): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function textOf(response: AxiosResponse<Buffer>, charset: string | undefined): string {
  const type: unknown = response.headers['content-type'];
  try {
    return decodeText(response.data, charset ?? charsetOf(response.data, typeof type === 'string' ? type : undefined));
  } catch (error) {
    const isUnknown = error instanceof UndecodableText && error.fault === 'unknown-charset';
    throw unusable(isUnknown ? 'unknown_charset' : 'malformed_text', response);
  }
}

/** The charset that the header declares, else the declaration of XML. */
function charsetOf(bytes: Buffer, contentType: string | undefined): string | undefined {
  const declared = declaredCharset(contentType);
  return declared === undefined && isXmlType(contentType ?? '') ? charsetInXml(bytes) : declared;
}

function neverArrived(error: unknown): boolean {
  if (!(error instanceof AxiosError) || error.response !== undefined) return false;
  const code = error.code ?? '';
  const request = error.request as Partial<ClientRequest> | undefined;
  return NEVER_ARRIVED.has(code) || (CONNECTION_DIED.has(code) && request?.reusedSocket === true);
}
