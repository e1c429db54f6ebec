import { hash } from 'node:crypto';
import type { WebhookConfig } from '../../../config/sections/webhooks.js';
import { SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../../contracts/headers.js';
import { hasSignature, signedTimestamp } from '../../../contracts/webhook-request.js';
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
  return contentOf(timestamp, rawBody);
}

/**
 * The same for a declared webhook, whose sender may have its own scheme. Without a timestamp, the
 * bytes do not identify a request: a sender reports two changes of a customer with the same bytes,
 * at any distance.
 */
export function declaredContent(request: DatadipRequest, { signature }: WebhookConfig): string | undefined {
  const { headers, rawBody } = request;
  if (signature === undefined || !hasSignature(headers, signature)) return signedContent(request);
  const timestamp = signedTimestamp(headers, signature);
  return timestamp === undefined || rawBody === undefined ? undefined : contentOf(timestamp, rawBody);
}

function contentOf(timestamp: string, rawBody: Buffer): string {
  return `${timestamp}:${hash('sha256', rawBody, 'hex')}`;
}
