import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import { withTimeout } from '../../../kernel/deadline.js';
import { OriginFailure, NotAdmitted } from '../../../kernel/errors.js';
import { fullJitterMs } from '../../../kernel/jitter.js';
import { promiseWithResolvers } from '../../../kernel/promise-ends.js';
import type { Token, TokenSource } from '../token-sources.js';
import type { Login } from './logins.js';
import type { FetchedToken } from './token-response.js';
import { TokenFailure, type TokenFault } from './token-failure.js';
import { TokenRetryPolicy } from './token-retry-policy.js';

/** What a client may do that it need not; empty: nothing. */
export type RightsCheck = (token: Token, scopes: readonly string[] | undefined) => Promise<readonly string[]>;

export interface TokenKeeperParts {
  readonly login: Login;
  /** Absent: the client may do what it likes. Rejects with `OriginFailure` when the platform cannot be asked now. */
  readonly excess: RightsCheck | undefined;
  readonly clock: Clock;
  readonly onChange: (change: TokenChange) => void;
  /** In [0, 1]: what part of a back-off is waited. */
  readonly random: () => number;
}

export type TokenChange =
  | { readonly kind: 'fetched'; readonly lifeMs: number }
  | { readonly kind: 'failed'; readonly fault: TokenFault }
  | { readonly kind: 'excess'; readonly rights: readonly string[] };

/** `late`: the old one still serves, and a new one could not be got. */
export type TokenState = 'valid' | 'late' | 'missing';

interface HeldToken {
  readonly token: Token;
  readonly askedAtMs: number;
  readonly lifeMs: number;
  isRefused: boolean;
}

const REFRESH_BEFORE_MS = 60_000;
/** Of a life shorter than this the second half is for refreshing. */
const SHORT_LIFE_MS = 2 * REFRESH_BEFORE_MS;
/** A revocation is not told from a platform that takes no token of ours, unless the token was in use for a while. */
const YOUNG_MS = 10_000;
const FIRST_CHECK_BACKOFF_MS = 500;
const MOST_CHECK_BACKOFF_MS = 30_000;
const TURNED_AWAY_IS_NEWS_AFTER = 3;

/**
 * Keeps the token of one client, in memory and nowhere else.
 *
 * Promised: one request for a token at a time, at a pace the login can bear (`token-pace.ts`); the old token serves until the new one is
 * there; a token is shown no longer than it lives, on a clock that never steps, counted from before it was asked for; the first one is not
 * shown before the platform has told what the client may do, or that it does not say.
 * Not promised: that the platform takes it. One that was refused is shown to nobody any more.
 */
export class TokenManager implements TokenSource {
  private readonly pace: TokenRetryPolicy;
  private readonly closing = new AbortController();
  private readonly firstToken = promiseWithResolvers<undefined>();
  /** Resolves with the first token. */
  readonly first = this.firstToken.promise;
  private held: HeldToken | undefined;
  private flight: Promise<void> | undefined;
  private given = 0;
  private isTrusted: boolean;
  private lastFault: TokenFault | undefined;
  private rightsTooMany: readonly string[] = [];

  constructor(private readonly parts: TokenKeeperParts) {
    this.pace = new TokenRetryPolicy(parts.clock, parts.random);
    this.isTrusted = parts.excess === undefined;
  }

  current(): Token | undefined {
    const { held } = this;
    return held === undefined || held.isRefused || this.ageMs(held) >= held.lifeMs ? undefined : held.token;
  }

  get state(): TokenState {
    if (this.current() === undefined) return 'missing';
    return this.lastFault === undefined ? 'valid' : 'late';
  }

  /** Of the last attempt; absent: it went well. */
  get fault(): TokenFault | undefined {
    return this.lastFault;
  }

  /** What the client may do and should not. */
  get excess(): readonly string[] {
    return this.rightsTooMany;
  }

  get expiresInMs(): number {
    return this.current() === undefined || this.held === undefined ? 0 : this.held.lifeMs - this.ageMs(this.held);
  }

  /** Absent: there is none. */
  get currentAgeMs(): number | undefined {
    return this.current() === undefined || this.held === undefined ? undefined : this.ageMs(this.held);
  }

  /** Gets a new token if it is time. To be called often. */
  refreshIfDue(): void {
    const hasToken = this.current() !== undefined;
    const { held } = this;
    const isDue = !hasToken || held === undefined || this.ageMs(held) >= refreshAfterMs(held.lifeMs);
    if (!isDue || this.flight !== undefined) return;
    // It was in use for as long as it was meant to be.
    if (held?.isRefused === false) this.pace.tokenServed();
    if (this.pace.mayBegin(hasToken)) this.begin();
  }

  async awaited(boundMs: number): Promise<boolean> {
    if (this.current() === undefined) this.refreshIfDue();
    if (this.current() === undefined && this.flight !== undefined) await withTimeout(this.flight, boundMs);
    return this.current() !== undefined;
  }

  anotherThan(refused: number, boundMs: number): Promise<boolean> {
    const { held } = this;
    if (held?.token.number === refused && !held.isRefused) {
      held.isRefused = true;
      this.pace.tokenRefused(this.ageMs(held) < YOUNG_MS);
    }
    return this.awaited(boundMs);
  }

  close(): void {
    this.closing.abort();
  }

  private begin(): void {
    this.pace.began();
    this.flight = this.attempt().finally(() => (this.flight = undefined));
  }

  private async attempt(): Promise<void> {
    try {
      const askedAtMs = this.parts.clock.nowMs();
      const fetched = await this.parts.login(this.closing.signal);
      const token = { value: fetched.value, number: ++this.given };
      const held = { token, askedAtMs, lifeMs: fetched.lifeMs, isRefused: false };
      if (this.isTrusted) void this.lookAgain(token, fetched);
      else await this.verified(held, fetched);
      // Held, it would count as a success, after which the next one is asked for at once.
      if (this.ageMs(held) >= held.lifeMs) throw new TokenFailure('bad_answer');
      this.hold(held);
    } catch (error) {
      if (!this.closing.signal.aborted)
        this.failed(error instanceof TokenFailure ? error : new TokenFailure('login_error'));
    }
  }

  private hold(held: HeldToken): void {
    this.held = held;
    this.lastFault = undefined;
    this.pace.succeeded();
    this.parts.onChange({ kind: 'fetched', lifeMs: held.lifeMs });
    this.firstToken.resolve(undefined);
  }

  private failed(failure: TokenFailure): void {
    this.pace.failed(failure);
    this.tell(failure.code);
  }

  private tell(fault: TokenFault): void {
    this.lastFault = fault;
    this.parts.onChange({ kind: 'failed', fault });
  }

  /**
   * The first token is no use before it is known what it may do. The platform is asked again and again, and the login is not: it has
   * done its part.
   */
  private async verified(held: HeldToken, { scopes }: FetchedToken): Promise<void> {
    for (let before = 0; ; before++) {
      try {
        this.rightsTooMany = (await this.parts.excess?.(held.token, scopes)) ?? [];
        if (this.rightsTooMany.length > 0) throw new TokenFailure('too_much');
        this.isTrusted = true;
        return;
      } catch (error) {
        if (!(error instanceof OriginFailure)) throw error;
        if (error.details.refusedToken !== undefined) throw new TokenFailure('token_refused');
        if (this.ageMs(held) >= refreshAfterMs(held.lifeMs)) throw new TokenFailure('unverified');
        // Turned away by our own budget is no news, unless it goes on.
        if (!(error instanceof NotAdmitted) || before >= TURNED_AWAY_IS_NEWS_AFTER) this.tell('unverified');
        await this.checkPause(before);
      }
    }
  }

  /** Later ones serve meanwhile. A client that was given too much since does no harm by itself: we only read. It is told of. */
  private async lookAgain(token: Token, { scopes }: FetchedToken): Promise<void> {
    const { excess } = this.parts;
    if (excess === undefined) return;
    for (let before = 0; before === 0 || this.current() === token; before++) {
      const rights = await excess(token, scopes).catch(() => undefined);
      if (rights !== undefined) {
        this.found(token, rights);
        return;
      }
      await this.checkPause(before).catch(() => undefined);
      if (this.closing.signal.aborted) return;
    }
  }

  /** What an older token was found to be allowed says nothing of this one. */
  private found(token: Token, rights: readonly string[]): void {
    if (this.held?.token !== token) return;
    this.rightsTooMany = rights;
    if (rights.length > 0) this.parts.onChange({ kind: 'excess', rights });
  }

  private checkPause(before: number): Promise<void> {
    const backoffMs = fullJitterMs(FIRST_CHECK_BACKOFF_MS, MOST_CHECK_BACKOFF_MS, before, this.parts.random());
    return delay(backoffMs, undefined, { ref: false, signal: this.closing.signal });
  }

  private ageMs({ askedAtMs }: HeldToken): number {
    return this.parts.clock.nowMs() - askedAtMs;
  }
}

/** When a token of this life is replaced: a minute before its end, or half-way if it lives less than two. */
export function refreshAfterMs(lifeMs: number): number {
  return lifeMs < SHORT_LIFE_MS ? lifeMs / 2 : lifeMs - REFRESH_BEFORE_MS;
}
