import { setTimeout as delay } from 'node:timers/promises';
import { NotAdmitted, OriginFailure } from '../../../kernel/errors.js';
import { fullJitterMs } from '../../../kernel/jitter.js';
import type { Token } from '../token-sources.js';
import type { PermissionCheck } from './permission-check.js';
import { TokenFailure } from './token-failure.js';

export interface ClientPermissionsParts {
  /** `undefined` means that the client may write. */
  readonly check: PermissionCheck | undefined;
  /** Returns a number in [0, 1]: the share of a backoff that is waited. */
  readonly random: () => number;
  /** Ends all waits. */
  readonly closing: AbortSignal;
  /** The platform cannot be asked now. */
  readonly onUnverified: () => void;
  /** A later token lets the client write. */
  readonly onExcess: (permissions: readonly string[]) => void;
}

/** A token under check, and its state in the token manager. */
export interface CheckedToken {
  readonly token: Token;
  readonly scopes: readonly string[] | undefined;
  /** Whether calls may still show the token. */
  readonly isValid: () => boolean;
  /** Whether no later token has replaced it. */
  readonly isLatest: () => boolean;
  /** Whether its replacement is due. */
  readonly isDue: () => boolean;
}

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** Refusals by Datadip's own admission are reported only after this many in a row. */
const QUIET_REFUSALS = 3;

/**
 * Makes sure that a client which must only read cannot write.
 *
 * Guarantees:
 * - The first token is verified before calls show it.
 * - Calls use a later token while it is checked. Write permissions that this check finds are
 *   reported.
 *
 * Does not guarantee: that a client which gained write permissions stops. Datadip sends only reads,
 * so such a client does no harm. A log line notifies the operator.
 */
export class ClientPermissions {
  private excess: readonly string[] = [];
  private verified: boolean;

  constructor(private readonly parts: ClientPermissionsParts) {
    this.verified = parts.check === undefined;
  }

  /** Whether one token of the client has passed, or no check is needed. */
  get isVerified(): boolean {
    return this.verified;
  }

  /** Permissions of the client that it should not have. */
  get writePermissions(): readonly string[] {
    return this.excess;
  }

  /**
   * Checks the first token. The platform is asked repeatedly, and the login is not: the login has
   * already issued its token.
   *
   * @throws {TokenFailure} when the token is not usable
   */
  async verify(checked: CheckedToken): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        this.excess = (await this.parts.check?.(checked.token, checked.scopes)) ?? [];
        if (this.excess.length > 0) throw new TokenFailure('too_much');
        this.verified = true;
        return;
      } catch (error) {
        if (!(error instanceof OriginFailure)) throw error;
        if (error.details.refusedToken !== undefined) throw new TokenFailure('token_refused');
        if (checked.isDue()) throw new TokenFailure('unverified');
        if (!(error instanceof NotAdmitted) || attempt >= QUIET_REFUSALS) this.parts.onUnverified();
        await this.backOff(attempt);
      }
    }
  }

  /** Checks a later token while calls already show it. Never rejects. */
  async recheck({ token, scopes, isValid, isLatest }: CheckedToken): Promise<void> {
    const { check, closing } = this.parts;
    if (check === undefined) return;
    for (let attempt = 0; attempt === 0 || isValid(); attempt++) {
      const permissions = await check(token, scopes).catch(() => undefined);
      if (permissions !== undefined) {
        // The permissions of an older token say nothing about its successor.
        if (isLatest()) this.report(permissions);
        return;
      }
      await this.backOff(attempt).catch(() => undefined);
      if (closing.aborted) return;
    }
  }

  private report(permissions: readonly string[]): void {
    this.excess = permissions;
    if (permissions.length > 0) this.parts.onExcess(permissions);
  }

  private backOff(attempt: number): Promise<void> {
    const backoffMs = fullJitterMs(FIRST_BACKOFF_MS, MAX_BACKOFF_MS, attempt, this.parts.random());
    return delay(backoffMs, undefined, { ref: false, signal: this.parts.closing });
  }
}
