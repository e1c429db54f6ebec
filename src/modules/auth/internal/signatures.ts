import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { SignatureConfig } from '../../../config/sections/webhook-signature.js';
import type { Caller } from '../../../contracts/caller.js';
import { SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../../contracts/headers.js';
import { SIGNATURE_SKEW_S } from '../../../contracts/signature.js';
import { signatureTexts, signedTimestamp } from '../../../contracts/webhook-request.js';
import { parseIsoTimeMs } from '../../../kernel/parse-time.js';

/** Some senders write a fraction. A sign, an exponent and milliseconds are refused. */
const UNIX_SECONDS = /^\d{1,12}(\.\d{1,9})?$/;
const UNIX_MS = /^\d{13}$/;

/** The signatures of a webhook request, and what they cover. */
export interface Signature {
  /** The HMACs that the sender computed. A sender that rotates its secret sends several. */
  readonly digests: readonly Buffer[];
  readonly algorithm: SignatureConfig['algorithm'];
  /** The signed text before the body. */
  readonly before: string;
  /** The signed text after the body. */
  readonly after: string;
}

/** A secret of a caller, for the signatures of the caller. */
export interface Signer {
  readonly secret: string;
  readonly caller: Caller;
}

/**
 * Reads the signature headers: `sha256=`, followed by hex or base64, and Unix seconds within the
 * allowed clock skew. `undefined` means that no body can make the signature valid.
 */
export function readSignature(headers: IncomingHttpHeaders, nowS: number): Signature | undefined {
  const timestamp = headers[SIGNATURE_TIMESTAMP_HEADER];
  if (typeof timestamp !== 'string' || !UNIX_SECONDS.test(timestamp)) return undefined;
  if (Math.abs(nowS - Number(timestamp)) > SIGNATURE_SKEW_S) return undefined;
  const digest = decoded(String(headers[SIGNATURE_HEADER]));
  // The signature covers the timestamp as the sender wrote it.
  return digest && { digests: [digest], algorithm: 'sha256', before: `${timestamp}.`, after: '' };
}

/** Each further signature costs a comparison. Senders send two while they rotate a secret. */
const MAX_SIGNATURES = 8;

/** Reads the signature headers as a declared webhook says. Otherwise like `readSignature`. */
export function readDeclaredSignature(
  { headers, method }: { readonly headers: IncomingHttpHeaders; readonly method: string },
  scheme: SignatureConfig,
  nowMs: number,
): Signature | undefined {
  const timestamp = signedTimestamp(headers, scheme);
  if (scheme.of !== 'body' && !isNear(timestamp, nowMs)) return undefined;
  const digests = signatureTexts(headers, scheme).flatMap((text) => digestIn(text, scheme) ?? []);
  if (digests.length === 0 || digests.length > MAX_SIGNATURES) return undefined;
  return { digests, algorithm: scheme.algorithm, ...aroundBody(scheme, timestamp ?? '', method) };
}

/**
 * Checks the signatures of a request while the body arrives, so that no body is hashed in one
 * piece.
 *
 * Tries every secret with every signature, so that the time reveals nothing.
 */
export class SignatureCheck {
  private hmacs: ReturnType<SignatureCheck['started']> | undefined;

  constructor(
    private readonly signers: readonly Signer[],
    private readonly signature: Signature,
  ) {}

  update(chunk: Buffer): void {
    for (const { hmac } of (this.hmacs ??= this.started())) hmac.update(chunk);
  }

  /** The caller whose secret signed the raw body, with the text before and after it. */
  caller(): Caller | undefined {
    const { digests, after } = this.signature;
    const signed = (this.hmacs ??= this.started()).filter(({ hmac }) => {
      const expected = hmac.update(after).digest();
      return digests.filter((digest) => timingSafeEqual(expected, digest)).length > 0;
    });
    return signed[0]?.caller;
  }

  private started() {
    const { algorithm, before } = this.signature;
    return this.signers.map(({ secret, caller }) => ({ hmac: createHmac(algorithm, secret).update(before), caller }));
  }
}

const DIGEST_BYTES: Readonly<Record<SignatureConfig['algorithm'], number>> = { sha1: 20, sha256: 32, sha512: 64 };

function decoded(signature: string): Buffer | undefined {
  const text = /^sha256=([A-Za-z0-9+/_=-]{1,64})$/.exec(signature)?.[1];
  if (text === undefined) return undefined;
  const digest = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return digest.length === DIGEST_BYTES.sha256 ? digest : undefined;
}

const WRITTEN = { hex: /^[0-9a-f]+$/i, base64: /^[A-Za-z0-9+/_-]+={0,2}$/ } as const;

/** @returns `undefined` if the text is no HMAC of the scheme */
function digestIn(text: string, { algorithm, encoding }: SignatureConfig): Buffer | undefined {
  if (!WRITTEN[encoding].test(text)) return undefined;
  const digest = Buffer.from(text, encoding);
  return digest.length === DIGEST_BYTES[algorithm] ? digest : undefined;
}

function isNear(timestamp: string | undefined, nowMs: number): boolean {
  const atMs = timestamp === undefined ? undefined : momentMs(timestamp);
  return atMs !== undefined && Math.abs(nowMs - atMs) <= SIGNATURE_SKEW_S * 1000;
}

function momentMs(timestamp: string): number | undefined {
  if (UNIX_MS.test(timestamp)) return Number(timestamp);
  return UNIX_SECONDS.test(timestamp) ? Number(timestamp) * 1000 : parseIsoTimeMs(timestamp);
}

function aroundBody(
  { of, url = '' }: SignatureConfig,
  timestamp: string,
  method: string,
): Pick<Signature, 'before' | 'after'> {
  switch (of) {
    case 'body':
      return { before: '', after: '' };
    case 'timestamp.body':
      return { before: `${timestamp}.`, after: '' };
    case 'timestamp+body':
      return { before: timestamp, after: '' };
    case 'method+url+body+timestamp':
      return { before: `${method}${url}`, after: timestamp };
  }
}
