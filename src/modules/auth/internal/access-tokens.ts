import { Inject, Injectable } from '@nestjs/common';
import { hash, hkdfSync } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Scope, SecretsConfig } from '../../../config/config.js';
import { SECRETS } from '../../../config/tokens.js';
import type { Caller } from '../../../contracts/caller.js';
import { Callers } from '../callers.js';

/** How long a token is good for. Also what Genesys keeps one for. */
export const TOKEN_LIFE_S = 3600;
/** Verified tokens that are remembered: checking a signature costs ten times a hit. */
const REMEMBERED = 1000;
const ISSUER = 'datadip';
const ALGORITHM = 'HS256';

interface Verified {
  readonly caller: Caller;
  readonly untilMs: number;
}

/**
 * Access tokens of one hour (RFC 6749, signed as RFC 7519 has it), good in every process that shares the secret.
 *
 * Promised: a token is worth nothing once it has expired, once the key it was issued for is no longer the caller's, or under another
 * secret; it never grants a scope that its caller has not.
 * Not promised: that one token can be taken back before it expires. Take the key from the file.
 */
@Injectable()
export class AccessTokens {
  private readonly key: Uint8Array;
  private readonly verified = new LRUCache<string, Verified>({ max: REMEMBERED });

  constructor(
    @Inject(SECRETS) { keySecret }: Pick<SecretsConfig, 'keySecret'>,
    @Inject(Callers) private readonly callers: Pick<Callers, 'byCredentialName'>,
  ) {
    this.key = new Uint8Array(hkdfSync('sha256', keySecret, '', 'datadip access tokens', 32));
  }

  /** @param credential names the key it is issued for, as `Callers.credentialOf` names it */
  issue(caller: Caller, credential: string, scopes: ReadonlySet<Scope>): Promise<string> {
    return new SignJWT({ cred: credential, scope: [...scopes].join(' ') })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(caller.name)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_LIFE_S}s`)
      .sign(this.key);
  }

  /** Whom a token speaks for. At once where it was seen before. */
  callerOf(token: string): Caller | undefined | Promise<Caller | undefined> {
    const known = this.verified.get(hash('sha256', token, 'base64'));
    return known !== undefined && Date.now() < known.untilMs ? known.caller : this.verify(token);
  }

  private async verify(token: string): Promise<Caller | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.key, { issuer: ISSUER, algorithms: [ALGORITHM] });
      const { sub, exp, cred, scope } = payload;
      const caller = typeof cred === 'string' ? this.callers.byCredentialName(cred) : undefined;
      if (caller === undefined || caller.name !== sub || exp === undefined || typeof scope !== 'string')
        return undefined;
      const granted = scope.split(' ');
      const narrowed = { ...caller, scopes: new Set([...caller.scopes].filter((one) => granted.includes(one))) };
      this.verified.set(hash('sha256', token, 'base64'), { caller: narrowed, untilMs: exp * 1000 });
      return narrowed;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
