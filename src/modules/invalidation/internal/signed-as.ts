import { hash } from 'node:crypto';
import { SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../../contracts/headers.js';
import type { DatadipRequest } from '../../../platform/http/request-context.js';

/**
 * What was signed, shortened: the second and the bytes. Not the signature's own text, which may be spelt in hex or base64 as one likes.
 *
 * @returns absent: nothing was. Where the header is there, the caller guard let nobody in but by it
 */
export function signedAs({ headers, rawBody }: DatadipRequest): string | undefined {
  const timestamp = headers[SIGNATURE_TIMESTAMP_HEADER];
  if (headers[SIGNATURE_HEADER] === undefined || typeof timestamp !== 'string' || rawBody === undefined)
    return undefined;
  return `${timestamp}:${hash('sha256', rawBody, 'hex')}`;
}
