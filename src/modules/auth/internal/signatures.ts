import { createHmac, timingSafeEqual } from 'node:crypto';
import { SIGNATURE_SKEW_S } from '../../../contracts/signature.js';

/** What a webhook signs with, as its headers say. */
export interface Signature {
  /** `sha256=` and hex or base64. */
  readonly signature: string;
  /** Unix seconds. */
  readonly timestamp: string;
}

/** Whether `"<timestamp>.<raw body>"` was signed with this secret, and not long ago. Takes the same time for every wrong signature. */
export function isSignedBy(
  secret: string,
  { signature, timestamp }: Signature,
  rawBody: Buffer,
  nowS: number,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > SIGNATURE_SKEW_S) return false;
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest();
  const given = decoded(signature);
  return given?.length === expected.length && timingSafeEqual(given, expected);
}

function decoded(signature: string): Buffer | undefined {
  const text = /^sha256=(.+)$/.exec(signature)?.[1];
  if (text === undefined) return undefined;
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
}
