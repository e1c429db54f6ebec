import { hash } from 'node:crypto';
import { SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../../contracts/headers.js';
import type { DatadipRequest } from '../../../platform/http/request-context.js';

/**
 * Identifies what the sender signed: the timestamp and the hash of the body. The text of the
 * signature would not do: a sender may write the same signature in hex or in base64.
 *
 * The caller guard has verified the signature: a request with the signature header passes only with
 * a valid one.
 *
 * @returns `undefined` if the request is not signed
 */
export function signedContent({ headers, rawBody }: DatadipRequest): string | undefined {
  const timestamp = headers[SIGNATURE_TIMESTAMP_HEADER];
  if (headers[SIGNATURE_HEADER] === undefined || typeof timestamp !== 'string' || rawBody === undefined)
    return undefined;
  return `${timestamp}:${hash('sha256', rawBody, 'hex')}`;
}
