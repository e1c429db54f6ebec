import { createHmac, timingSafeEqual } from 'node:crypto';
import { SIGNATURE_SKEW_S } from '../../../contracts/signature.js';

/** The signature headers of a webhook request. */
export interface Signature {
  /** `sha256=`, followed by hex or base64. */
  readonly signature: string;
  /** Unix seconds. */
  readonly timestamp: string;
}

/**
 * Whether this secret signed `"<timestamp>.<raw body>"` within the allowed clock skew. Takes the
 * same time for every wrong signature.
 */
export function isSignedBy(
  secret: string,
  { signature, timestamp }: Signature,
  rawBody: Buffer,
  nowS: number,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > SIGNATURE_SKEW_S) return false;
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest();
  const actual = decoded(signature);
  return actual?.length === expected.length && timingSafeEqual(actual, expected);
}

function decoded(signature: string): Buffer | undefined {
  const text = /^sha256=(.+)$/.exec(signature)?.[1];
  if (text === undefined) return undefined;
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
}
