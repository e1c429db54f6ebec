import type { Clock } from '../kernel/clock.js';
import { NotAdmitted, OriginFailure, type OriginFault, type TokenFault } from '../kernel/errors.js';
import type { OriginBudget } from './admission/origin-budget.js';
import type { AuthStrategy, Credentials, RefusedCall } from './auth/auth-strategy.js';
import type { OriginDriver } from './origin-driver.js';
import type { LastFailure, OriginHealth } from './origin-health.js';
import type { Demand, Origin, OriginAnswer, OriginRequest } from './origin.js';
import { tracedCall } from './traced-call.js';

/** A repeated call must have at least this much time left. */
const MIN_REPEAT_MS = 50;

export interface OriginClientParts {
  readonly name: string;
  /** Limits one call together with its repeat. */
  readonly timeoutMs: number;
  readonly driver: OriginDriver;
  readonly auth: AuthStrategy;
  readonly budget: OriginBudget;
  readonly health: OriginHealth;
  readonly clock: Clock;
}

/**
 * The only implementation of `Origin`: credentials, then the budget, then the driver.
 *
 * Guarantees:
 * - A call whose token the origin refuses is repeated once, with another token, within the timeout
 *   of the first attempt. The repeat passes the budget as a separate call.
 * - A call whose new token the origin refuses too fails as `credentials_refused`. Such a call
 *   counts against its subject, and against the circuit together with the refusals of other
 *   subjects.
 * - Without credentials a call uses no budget, and waits only while a token is being fetched.
 */
export class OriginClient implements Origin {
  readonly name: string;
  readonly timeoutMs: number;
  readonly driver: OriginDriver;
  private lastCallAtMs = -Infinity;

  constructor(private readonly parts: OriginClientParts) {
    this.name = parts.name;
    this.timeoutMs = parts.timeoutMs;
    this.driver = parts.driver;
  }

  /** Calls that may be in flight now. */
  get limit(): number {
    return this.parts.budget.limit;
  }

  /** Time since the last call. `Infinity` before the first one. */
  get idleMs(): number {
    return this.parts.clock.nowMs() - this.lastCallAtMs;
  }

  get isCircuitOpen(): boolean {
    return this.parts.budget.isCircuitOpen;
  }

  get isPaused(): boolean {
    return this.parts.budget.stopped === 'paused';
  }

  /**
   * Why calls of the system fail, or are not made. `undefined` means that calls are made and do not
   * fail.
   */
  get trouble(): Readonly<Record<string, unknown>> | undefined {
    const { failing } = this.parts.health;
    const { stopped } = this.parts.budget;
    return failing === undefined && stopped === undefined
      ? undefined
      : { ...failing, ...(stopped === undefined ? {} : { calls: stopped }) };
  }

  /** `undefined` means that no call has failed since the start of the process. */
  get lastFailure(): LastFailure | undefined {
    return this.parts.health.lastFailure;
  }

  async call(request: OriginRequest, asked: Demand): Promise<OriginAnswer> {
    const demand = withSubject(asked, request);
    this.lastCallAtMs = this.parts.clock.nowMs();
    try {
      const answer = await this.callWithRepeat(request, demand);
      this.parts.health.answered();
      return answer;
    } catch (error) {
      this.failed(error, demand);
      throw error;
    }
  }

  /**
   * Reports a failed call, or an answer that the caller cannot use. A failure that was reported
   * before is not counted again.
   *
   * @param otherwise the fault of a failure that names none
   */
  failed(error: unknown, { subject = '' }: Pick<Demand, 'subject'>, otherwise: OriginFault = 'other'): void {
    if (error instanceof OriginFailure) this.parts.health.failed(error, subject, otherwise);
  }

  /** Makes one call with the credentials given, without waiting for others and without a repeat. */
  async callAs(credentials: Credentials, request: OriginRequest, asked: Demand): Promise<OriginAnswer> {
    const demand = withSubject(asked, request);
    try {
      const send = () => this.driver.begin(request, credentials, this.timeoutMs);
      const begin = () => tracedCall(this.name, 'first', send);
      const answer = await this.parts.budget.run(demand, begin);
      this.parts.health.answered();
      return answer;
    } catch (error) {
      this.failed(error, demand);
      throw error;
    }
  }

  close(): void {
    this.driver.close();
    this.parts.health.close();
  }

  private async callWithRepeat(request: OriginRequest, demand: SubjectDemand): Promise<OriginAnswer> {
    const { auth, clock } = this.parts;
    const startedAtMs = clock.nowMs();
    const leftMs = (): number => this.timeoutMs - (clock.nowMs() - startedAtMs);
    if (auth.current() === undefined && !(await auth.waitUntilReady(this.timeoutMs))) throw noCredentials(auth.fault);
    try {
      return await this.attempt(request, demand, leftMs(), 'first');
    } catch (error) {
      const { refusedToken, credentialsRefused } = error instanceof OriginFailure ? error.details : {};
      if (refusedToken === undefined || credentialsRefused === true || leftMs() < MIN_REPEAT_MS) throw error;
      if (!(await auth.waitForReplacement(refusedToken, leftMs())))
        throw auth.current() ? error : noCredentials(auth.fault);
      if (leftMs() < MIN_REPEAT_MS) throw error;
      return this.attempt(request, demand, leftMs(), 'repeat');
    }
  }

  /** Reads the credentials when the call begins: the wait for admission can outlast a token. */
  private attempt(
    request: OriginRequest,
    demand: SubjectDemand,
    timeoutMs: number,
    attempt: 'first' | 'repeat',
  ): Promise<OriginAnswer> {
    const { auth, budget, clock } = this.parts;
    return budget.run(demand, () => {
      const credentials = auth.current();
      if (credentials === undefined) throw noCredentials(auth.fault);
      request.onBegin?.(credentials);
      const call = tracedCall(this.name, attempt, () => this.driver.begin(request, credentials, timeoutMs));
      const { tokenNumber } = credentials;
      if (tokenNumber === undefined) return call;
      const startedAtMs = clock.nowMs();
      const refusal = { subject: demand.subject, startedAtMs };
      const answer = call.answer.then(
        (answered) => {
          auth.accepted(tokenNumber, startedAtMs);
          return answered;
        },
        (error: unknown) => {
          throw this.afterRefusal(error, refusal, attempt);
        },
      );
      return { ...call, answer };
    });
  }

  /** A refused token is final if the call is not repeated. */
  private afterRefusal(error: unknown, refusal: RefusedCall, attempt: 'first' | 'repeat'): unknown {
    const refused = error instanceof OriginFailure ? error.details.refusedToken : undefined;
    if (!(error instanceof OriginFailure) || refused === undefined) return error;
    if (attempt === 'first' && this.parts.auth.refused(refused, refusal)) return error;
    return new OriginFailure(error.code, error.message, { ...error.details, credentialsRefused: true });
  }
}

type SubjectDemand = Demand & { readonly subject: string };

function withSubject(demand: Demand, request: OriginRequest): SubjectDemand {
  const { subject = subjectOf(request) } = demand;
  return { ...demand, subject };
}

function subjectOf(request: OriginRequest): string {
  return request.kind === 'http'
    ? `${request.method} ${request.pathAndQuery}`
    : JSON.stringify([request.texts, request.values]);
}

/**
 * `NotAdmitted`, because the origin was not asked: no failure is stored, and the next caller may
 * find a token.
 */
function noCredentials(fault: TokenFault | undefined): NotAdmitted {
  const reason = fault === undefined ? 'the login has not issued one' : `the login failed with ${fault}`;
  return new NotAdmitted('circuit_open', `no token for the origin: ${reason}`, { tokenFault: fault });
}
