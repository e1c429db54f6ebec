import { Inject, Injectable } from '@nestjs/common';
import { createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../../config/sections/callers.js';
import { type SecretsConfig, SECRETS } from '../../../config/sections/secrets.js';
import type { Caller } from '../../../contracts/caller.js';
import { Callers } from '../callers.js';

/** Lifetime of a token, in seconds. Genesys Cloud caches a token for the same time. */
export const TOKEN_LIFE_S = 3600;
/** Verified tokens in memory, because the check of a signature costs ten times a hit. */
const MAX_VERIFIED_TOKENS = 1000;
const ISSUER = 'datadip';
const ALGORITHM = 'HS256';

interface Verified {
  readonly caller: Caller;
  readonly untilMs: number;
}

/**
 * Access tokens (RFC 6749) as signed JWTs (RFC 7519). A token is valid for one hour, in every
 * process that shares the secret.
 *
 * Guarantees: a token is invalid after its expiry, under another secret, and once the API key for
 * which the token was issued is no longer declared. A token grants no scope that its caller lacks.
 *
 * Does not guarantee: that an operator can revoke a single token. Remove the API key from the file
 * instead.
 */
@Injectable()
export class AccessTokens {
  private readonly key: Uint8Array;
  private readonly verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED_TOKENS });

  constructor(
    @Inject(SECRETS) { keySecret }: Pick<SecretsConfig, 'keySecret'>,
    @Inject(Callers) private readonly callers: Pick<Callers, 'findByCredential'>,
  ) {
    this.key = new Uint8Array(hkdfSync('sha256', keySecret, '', 'datadip access tokens', 32));
  }

  /**
   * @param credential the name of the API key for which the token is issued, from
   *   `Callers.credentialOf`
   */
  issue(caller: Caller, credential: string, scopes: ReadonlySet<Scope>): Promise<string> {
    return new SignJWT({ cred: credential, scope: [...scopes].join(' ') })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(caller.name)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_LIFE_S}s`)
      .sign(this.key);
  }

  /**
   * Finds the caller of a token. Returns no promise if this process has verified the token before.
   */
  findCaller(token: string): Caller | undefined | Promise<Caller | undefined> {
    const verified = this.verified.get(hash('sha256', token, 'base64'));
    if (verified !== undefined && Date.now() < verified.untilMs) return verified.caller;
    return this.isSigned(token) ? this.verify(token) : undefined;
  }

  /**
   * Whether this service signed the token. The library's check takes a promise and a task of the
   * thread pool. An unknown sender with invented tokens must cause neither the promise nor the
   * task.
   */
  private isSigned(token: string): boolean {
    const end = token.lastIndexOf('.');
    if (end === -1) return false;
    const expected = createHmac('sha256', this.key).update(token.slice(0, end)).digest();
    const actual = Buffer.from(token.slice(end + 1), 'base64url');
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  }

  private async verify(token: string): Promise<Caller | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.key, { issuer: ISSUER, algorithms: [ALGORITHM] });
      const { sub, exp, cred, scope } = payload;
      const caller = typeof cred === 'string' ? this.callers.findByCredential(cred) : undefined;
      if (caller === undefined || caller.name !== sub || exp === undefined || typeof scope !== 'string')
        return undefined;
      const granted = scope.split(' ');
      const narrowed = { ...caller, scopes: new Set([...caller.scopes].filter((name) => granted.includes(name))) };
      this.verified.set(hash('sha256', token, 'base64'), { caller: narrowed, untilMs: exp * 1000 });
      return narrowed;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
