import type { Clock } from '../../../kernel/clock.js';
import { withTimeout } from '../../../kernel/deadline.js';
import { promiseWithResolvers } from '../../../kernel/single-flight.js';
import type { RefusedCall } from '../auth-strategy.js';
import type { Token, TokenSource } from '../token-sources.js';
import { ClientPermissions } from './client-permissions.js';
import { IssuedToken, refreshAfterMs } from './issued-token.js';
import type { PermissionCheck } from './permission-check.js';
import type { Login } from './request-token.js';
import { TokenFailure, type TokenFailureFacts, type TokenFault } from './token-failure.js';
import type { FetchedToken } from './token-response.js';
import { TokenRetryPolicy } from './token-retry-policy.js';

export interface TokenManagerParts {
  readonly login: Login;
  /** `undefined` means that the client may write. */
  readonly checkPermissions: PermissionCheck | undefined;
  readonly clock: Clock;
  readonly onEvent: (event: TokenEvent) => void;
  /** Returns a number in [0, 1]: the share of a backoff that is waited. */
  readonly random: () => number;
}

export type TokenEvent =
  | { readonly kind: 'fetched'; readonly lifeMs: number }
  | { readonly kind: 'failed'; readonly fault: TokenFault; readonly facts: TokenFailureFacts }
  | { readonly kind: 'excess'; readonly permissions: readonly string[] };

/** `late`: the old token still serves, and the attempt to replace it failed. */
export type TokenState = 'valid' | 'late' | 'missing';

/**
 * If the platform refuses a token younger than this, it probably refuses every token. A revocation
 * is then unlikely.
 */
const YOUNG_MS = 10_000;

/**
 * Holds the token of one client of a login, in memory only.
 *
 * Guarantees:
 * - At most one request for a token runs at a time, at intervals that the login can tolerate
 *   (`TokenRetryPolicy`).
 * - The old token serves until the new token has arrived.
 * - A token is shown no longer than it lives, measured on a monotonic clock from before its
 *   request.
 * - The first token is shown only after the check of the client's permissions.
 *
 * - After a refusal for one subject, the manager requests another token, because a platform may
 *   refuse a single subject with 401. The old token serves the other subjects until the new one
 *   arrives.
 * - A token that the platform refuses for three subjects, and accepts for none in between, is never
 *   shown again.
 *
 * Does not guarantee: that the platform accepts the token.
 */
export class TokenManager implements TokenSource {
  private readonly retryPolicy: TokenRetryPolicy;
  private readonly permissions: ClientPermissions;
  private readonly closing = new AbortController();
  private readonly firstToken = promiseWithResolvers<undefined>();
  /** Resolves with the first token. */
  readonly first = this.firstToken.promise;
  private latest: IssuedToken | undefined;
  private runningAttempt: Promise<void> | undefined;
  private issued = 0;
  private lastFault: TokenFault | undefined;

  constructor(private readonly parts: TokenManagerParts) {
    const { clock, random, checkPermissions: check } = parts;
    this.retryPolicy = new TokenRetryPolicy(clock, random);
    this.permissions = new ClientPermissions({
      check,
      random,
      closing: this.closing.signal,
      onUnverified: () => this.report('unverified'),
      onExcess: (permissions) => parts.onEvent({ kind: 'excess', permissions }),
    });
  }

  current(): Token | undefined {
    const { latest } = this;
    return latest === undefined || latest.isRefused || this.ageMs(latest) >= latest.lifeMs ? undefined : latest.token;
  }

  get state(): TokenState {
    if (this.current() === undefined) return 'missing';
    return this.lastFault === undefined ? 'valid' : 'late';
  }

  /** The fault of the last attempt. `undefined` means that it succeeded. */
  get fault(): TokenFault | undefined {
    return this.lastFault;
  }

  /** Permissions of the client that it should not have. */
  get writePermissions(): readonly string[] {
    return this.permissions.writePermissions;
  }

  /** 0 when there is no valid token. */
  get expiresInMs(): number {
    return this.current() === undefined || this.latest === undefined ? 0 : this.latest.lifeMs - this.ageMs(this.latest);
  }

  /** `undefined` when there is no valid token. */
  get currentAgeMs(): number | undefined {
    return this.current() === undefined || this.latest === undefined ? undefined : this.ageMs(this.latest);
  }

  /** Requests a new token when the old one is due and the retry policy allows it. Call it often. */
  refreshIfDue(): void {
    const hasToken = this.current() !== undefined;
    const { latest } = this;
    const isDue = !hasToken || latest === undefined || latest.isDoubted || this.isDue(latest);
    if (!isDue || this.runningAttempt !== undefined) return;
    // The token served until its replacement was due.
    if (latest?.isDoubted === false) this.retryPolicy.tokenServed();
    if (this.retryPolicy.mayStart(hasToken)) this.start();
  }

  async waitForToken(boundMs: number): Promise<boolean> {
    if (this.current() === undefined) this.refreshIfDue();
    if (this.current() === undefined && this.runningAttempt !== undefined)
      await withTimeout(this.runningAttempt, boundMs);
    return this.current() !== undefined;
  }

  accepted(tokenNumber: number, startedAtMs: number): void {
    const { latest } = this;
    if (latest?.token.number === tokenNumber) latest.accepted(startedAtMs);
  }

  refused(tokenNumber: number, call: RefusedCall): boolean {
    const { latest } = this;
    if (latest?.token.number !== tokenNumber) return true;
    const isFirst = !latest.isDoubted;
    if (!latest.refused(call)) return false;
    if (isFirst) this.retryPolicy.tokenRefused(this.ageMs(latest) < YOUNG_MS);
    this.refreshIfDue();
    return this.runningAttempt !== undefined;
  }

  async waitForReplacement(refused: number, boundMs: number): Promise<boolean> {
    if (this.latest?.token.number === refused) this.refreshIfDue();
    if (this.latest?.token.number === refused && this.runningAttempt !== undefined)
      await withTimeout(this.runningAttempt, boundMs);
    const token = this.current();
    return token !== undefined && token.number !== refused;
  }

  close(): void {
    this.closing.abort();
  }

  private start(): void {
    this.retryPolicy.started();
    this.runningAttempt = this.attempt().finally(() => (this.runningAttempt = undefined));
  }

  private async attempt(): Promise<void> {
    try {
      const requestedAtMs = this.parts.clock.nowMs();
      const fetched = await this.parts.login(this.closing.signal);
      const token = { value: fetched.value, number: ++this.issued };
      const issued = new IssuedToken(token, requestedAtMs, fetched.lifeMs);
      const verification = this.checkPermissions(issued, fetched);
      if (verification !== undefined) await verification;
      // A token that expired during the check must not count as a success: the next request would
      // follow at once.
      if (this.ageMs(issued) >= issued.lifeMs) throw new TokenFailure('bad_answer');
      this.accept(issued);
    } catch (error) {
      if (!this.closing.signal.aborted)
        this.failed(error instanceof TokenFailure ? error : new TokenFailure('login_error'));
    }
  }

  private checkPermissions(issued: IssuedToken, { scopes }: FetchedToken): Promise<void> | undefined {
    const { token } = issued;
    const checked = {
      token,
      scopes,
      isValid: () => this.current() === token,
      isLatest: () => this.latest?.token === token,
      isDue: () => this.isDue(issued),
    };
    if (!this.permissions.isVerified) return this.permissions.verify(checked);
    void this.permissions.recheck(checked);
    return undefined;
  }

  private accept(issued: IssuedToken): void {
    this.latest = issued;
    this.lastFault = undefined;
    this.retryPolicy.succeeded();
    this.parts.onEvent({ kind: 'fetched', lifeMs: issued.lifeMs });
    this.firstToken.resolve(undefined);
  }

  private failed(failure: TokenFailure): void {
    this.retryPolicy.failed(failure);
    this.report(failure.code, failure.facts);
  }

  private report(fault: TokenFault, facts: TokenFailureFacts = {}): void {
    this.lastFault = fault;
    this.parts.onEvent({ kind: 'failed', fault, facts });
  }

  private isDue(issued: IssuedToken): boolean {
    return this.ageMs(issued) >= refreshAfterMs(issued.lifeMs);
  }

  private ageMs({ requestedAtMs }: IssuedToken): number {
    return this.parts.clock.nowMs() - requestedAtMs;
  }
}
