import type { IncomingHttpHeaders } from 'node:http';
import type { SignatureConfig } from '../config/sections/webhook-signature.js';

/** The path of all declared webhooks, as their controller declares it. */
export const WEBHOOK_PATH = '/webhook/:name';

const NAME = /\/webhook\/([^/]+)\/?$/i;

/**
 * The name in the address of a request to a declared webhook, as the sender wrote it. The caller
 * gate and the handler both use this function, so that they mean the same webhook.
 *
 * @returns `''` for another address
 */
export function webhookNameIn(url: string): string {
  const end = url.indexOf('?');
  return NAME.exec(end === -1 ? url : url.slice(0, end))?.[1] ?? '';
}

/** Whether the request has the signature header of the scheme. */
export function hasSignature(headers: IncomingHttpHeaders, { header }: SignatureConfig): boolean {
  return headers[header] !== undefined;
}

/** The texts after the prefix of the scheme: a sender may send several signatures. */
export function signatureTexts(headers: IncomingHttpHeaders, { header, prefix }: SignatureConfig): readonly string[] {
  return partsAfter(headers, header, prefix);
}

/** @returns `undefined` if the scheme or the request has no timestamp */
export function signedTimestamp(headers: IncomingHttpHeaders, scheme: SignatureConfig): string | undefined {
  if (scheme.of === 'body') return undefined;
  const [timestamp] = partsAfter(headers, scheme.timestampHeader ?? scheme.header, scheme.timestampPrefix);
  return timestamp;
}

function partsAfter(headers: IncomingHttpHeaders, name: string, prefix: string): readonly string[] {
  const value = headers[name];
  const parts = [value ?? []].flat().flatMap((text) => text.split(','));
  return parts
    .map((part) => part.trim())
    .flatMap((part) => (part.startsWith(prefix) ? [part.slice(prefix.length)] : []));
}
