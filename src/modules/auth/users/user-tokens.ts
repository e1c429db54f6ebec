import { Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';
import type { Caller } from '../../../contracts/caller.js';
import { Clock } from '../../../kernel/clock.js';
import { Deadline, TIMED_OUT, withTimeout } from '../../../kernel/deadline.js';
import { HttpProblem, OriginFailure } from '../../../kernel/errors.js';
import { Hmac } from '../../../kernel/hmac.js';
import { PrioritySemaphore } from '../../../kernel/priority-semaphore.js';
import { SingleFlight } from '../../../kernel/single-flight.js';
import type { OriginClient } from '../../../origins/origin-client.js';
import { Origins } from '../../../origins/origins.js';
import type { DatadipRequest } from '../../../platform/http/request-context.js';
import { readTokenOwner, type TokenOwner } from '../../../vendors/genesys/genesys-user.js';
import { Callers } from '../callers.js';
import { LIMITS_OF_CHECKS, PROBLEMS, problemAfter } from './check-problems.js';
import { StrangerLimits } from './stranger-limits.js';
import { UserMetrics } from './user.metrics.js';
import { VerdictMemory, type Verdict } from './verdict-memory.js';

/** The caller of a token, the reason of a refusal, or `undefined` for wrong credentials. */
export type FoundCaller = Caller | HttpProblem | undefined;

/** The parts of a request that a check needs. */
export type CheckedRequest = Pick<DatadipRequest, 'deadline' | 'socket'>;

/** In hex digits: 96 bits distinguish the users of all organizations. */
const USER_HASH_LENGTH = 24;

/**
 * Finds the caller of a Genesys Cloud user's token. The platform is asked once, and its verdict is
 * remembered (`VerdictMemory`).
 *
 * Guarantees:
 * - A caller is found only if the platform has accepted the token within 5 min, and only for a user
 *   of the declared organizations.
 * - Concurrent requests with the same token make one call.
 * - A request waits at most 1.5 s, and always leaves a part of its deadline for the answer. If the
 *   platform answers later, the next request finds the verdict.
 * - If the platform cannot be asked, or a limit is reached, the answer is 503 or 429, not 401.
 * - Tokens that were not accepted in the last hour use at most half of the system's rate in the
 *   whole region. They use less per network address (`StrangerLimits`).
 *
 * Does not guarantee: that a revoked token is refused at once. The token is accepted for at most
 * 5 min after its last check.
 */
@Injectable()
export class UserTokens {
  private readonly system: OriginClient | undefined;
  private readonly memory: VerdictMemory;
  private readonly strangers: StrangerLimits;
  private readonly flights = new SingleFlight<FoundCaller>();
  private readonly bulkhead = new PrioritySemaphore({ limit: () => LIMITS_OF_CHECKS.maxConcurrent, maxWaiting: 0 });

  constructor(
    private readonly callers: Callers,
    private readonly clock: Clock,
    private readonly hmac: Hmac,
    private readonly metrics: UserMetrics,
    origins: Origins,
  ) {
    this.system = callers.usersSystem === undefined ? undefined : origins.named(callers.usersSystem);
    this.memory = new VerdictMemory(clock);
    this.strangers = new StrangerLimits(clock);
  }

  /** Returns no promise if the verdict about the token is known. */
  findCaller(token: string, request: CheckedRequest): FoundCaller | Promise<FoundCaller> {
    if (this.system === undefined) return undefined;
    const tokenHash = hash('sha256', token, 'base64');
    const verdict = this.memory.find(tokenHash);
    const { remoteAddress } = request.socket;
    if (verdict === undefined) return this.wait(this.check(this.system, { token, tokenHash, remoteAddress }), request);
    if (verdict.kind === 'accepted' && this.memory.takeRenewal(tokenHash))
      this.check(this.system, { token, tokenHash, remoteAddress }).catch(() => undefined);
    return foundBy(verdict);
  }

  private async wait(check: Promise<FoundCaller>, { deadline }: CheckedRequest): Promise<FoundCaller> {
    const { waitMs, reservedMs } = LIMITS_OF_CHECKS;
    const found = await withTimeout(check, Math.min(waitMs, deadline.remainingMs() - reservedMs));
    return found === TIMED_OUT ? PROBLEMS.unavailable : found;
  }

  private check(system: OriginClient, asked: AskedToken): Promise<FoundCaller> {
    return this.flights.join(asked.tokenHash, 0, () => this.checkNow(system, asked));
  }

  private async checkNow(system: OriginClient, asked: AskedToken): Promise<FoundCaller> {
    const isFamiliar = this.memory.isFamiliar(asked.tokenHash);
    const end = isFamiliar ? (): void => undefined : this.strangers.begin(asked.remoteAddress);
    if (end === undefined) {
      this.metrics.checked('over_address_limit');
      return PROBLEMS.addressLimit;
    }
    let isRefused = false;
    try {
      const found = await this.ask(system, asked, isFamiliar);
      isRefused = found === undefined || found === PROBLEMS.wrongOrganization;
      return found;
    } finally {
      end(isRefused);
    }
  }

  /** Never rejects with a failure of the platform. Such a failure is no verdict. */
  private async ask(system: OriginClient, { token, tokenHash }: AskedToken, isFamiliar: boolean): Promise<FoundCaller> {
    const askedAtMs = this.clock.nowMs();
    try {
      const owner = await readTokenOwner(system, token, {
        priority: 'desktop',
        deadline: new Deadline(this.clock, askedAtMs + LIMITS_OF_CHECKS.waitMs),
        bulkhead: this.bulkhead,
        lookup: LIMITS_OF_CHECKS.circuit,
        subject: tokenHash,
        isOfUser: true,
        quota: isFamiliar ? undefined : LIMITS_OF_CHECKS.unknownTokens,
      });
      const verdict = this.verdictOf(owner);
      this.memory.store(tokenHash, verdict, askedAtMs);
      this.metrics.checked(verdict.kind);
      return foundBy(verdict);
    } catch (error) {
      if (!(error instanceof OriginFailure)) throw error;
      this.metrics.checked(error.code === 'shed' ? 'over_budget' : 'unavailable');
      return problemAfter(error);
    }
  }

  private verdictOf(owner: TokenOwner): Verdict {
    if (owner.kind === 'refused') return owner;
    const { userId, organizationId } = owner;
    const declared = this.callers.findByOrganization(organizationId);
    if (declared === undefined) return { kind: 'wrong_organization' };
    const userHash = this.hmac.hex(`genesys-user:${organizationId}:${userId}`).slice(0, USER_HASH_LENGTH);
    const user = { hash: userHash, maxPerSecond: declared.maxPerUserPerSecond };
    return { kind: 'accepted', caller: { ...declared.caller, user } };
  }
}

interface AskedToken {
  readonly token: string;
  readonly tokenHash: string;
  readonly remoteAddress: string | undefined;
}

function foundBy(verdict: Verdict): FoundCaller {
  switch (verdict.kind) {
    case 'accepted':
      return verdict.caller;
    case 'refused':
      return undefined;
    case 'wrong_organization':
      return PROBLEMS.wrongOrganization;
  }
}
