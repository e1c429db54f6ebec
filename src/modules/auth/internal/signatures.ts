import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../../../contracts/caller.js';
import { SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../../contracts/headers.js';
import { SIGNATURE_SKEW_S } from '../../../contracts/signature.js';

/** Some senders write a fraction. A sign, an exponent and milliseconds are refused. */
const UNIX_SECONDS = /^\d{1,12}(\.\d{1,9})?$/;

/** The signature headers of a webhook request. */
export interface Signature {
  /** The HMAC that the sender computed. */
  readonly digest: Buffer;
  /** Unix seconds, as the sender wrote them: the signature covers this text. */
  readonly timestamp: string;
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
  return digest === undefined ? undefined : { digest, timestamp };
}

/**
 * Checks one signature while the body arrives, so that no body is hashed in one piece.
 *
 * Tries every secret, so that the time reveals nothing.
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

  /** The caller whose secret signed `"<timestamp>.<raw body>"`. */
  caller(): Caller | undefined {
    const signed = (this.hmacs ??= this.started()).filter(({ hmac }) =>
      timingSafeEqual(hmac.digest(), this.signature.digest),
    );
    return signed[0]?.caller;
  }

  private started() {
    const prefix = `${this.signature.timestamp}.`;
    return this.signers.map(({ secret, caller }) => ({ hmac: createHmac('sha256', secret).update(prefix), caller }));
  }
}

const DIGEST_BYTES = 32;

function decoded(signature: string): Buffer | undefined {
  const text = /^sha256=([A-Za-z0-9+/_=-]{1,64})$/.exec(signature)?.[1];
  if (text === undefined) return undefined;
  const digest = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return digest.length === DIGEST_BYTES ? digest : undefined;
}
