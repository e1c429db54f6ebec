import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import type { Logger } from 'pino';
import type { PeerConfig } from '../config/sections/regions.js';
import { REGION } from '../config/sections/server.js';
import {
  AFTER_HEADER,
  DEADLINE_HEADER,
  FORWARDED_CALLER_HEADER,
  FORWARDED_HEADER,
  FORWARDED_SIGNATURE_HEADER,
  TENANT_HEADER,
} from '../contracts/headers.js';
import { Clock } from '../kernel/clock.js';
import type { Deadline } from '../kernel/deadline.js';
import { HttpProblem } from '../kernel/errors.js';
import { declareLogFields } from '../platform/logging/log-fields.js';
import { LOGGER } from '../platform/logging/logger.token.js';
import { ForwardedCallers } from './forwarded-callers.js';
import { asRemoteFailure, peerLine, type PeerLine } from './internal/peer-line.js';
import { parseRemoteAnswer, RemoteFailure, type RemoteAnswer, type RemoteOutcome } from './internal/remote-answer.js';
import { RemoteClaimMetrics } from './remote-claims.metrics.js';

declareLogFields({ home: 'text', outcome: 'text' });

export type { RemoteAnswer } from './internal/remote-answer.js';

/** The longest wait for the answer of another region, even if the deadline is later. */
const LONGEST_MS = 1000;
const LINE_EVERY_MS = 60_000;
const RETRY_AFTER_S = 1;

/** A request about agents that the home of its tenant answers. */
export interface HomeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly pathAndQuery: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly tenant: string;
  /** The caller that asked this region. The home counts the claim as a claim of this caller. */
  readonly caller: string;
  /** The call of a claim. Default: none. */
  readonly callId?: string | undefined;
  /** The header of a read that waits for events. Default: none. */
  readonly after?: string | undefined;
  /** A repetition has the same effect as the request. */
  readonly isRepeatable: boolean;
}

type SignedRequest = HomeRequest & { readonly headers: Readonly<Record<string, string>> };

/** The home of the tenant did not give a usable answer in time. The home may have done the work. */
export class UnreachableProblem extends HttpProblem {}

/**
 * Sends requests about agents to the home of their tenant.
 *
 * Guarantees:
 * - An answer or `UnreachableProblem` within a second and within the deadline.
 * - A request is sent once. A repeatable request whose connection breaks is sent once more, on a
 *   new connection, within the same time.
 * - While a region fails every request, single requests test it, and the others fail at once.
 * - No redirect is followed, and answers are bounded in size.
 *
 * Does not guarantee: that the home did nothing when no answer came. A claim of a call can be
 * repeated; an agent claimed without a call stays locked for 10 s.
 */
@Injectable()
export class RemoteClaims implements OnModuleDestroy {
  private readonly lines = new Map<PeerConfig, PeerLine>();
  private readonly loggedAtMs = new Map<string, number>();
  private requests = 0;

  constructor(
    private readonly clock: Clock,
    private readonly metrics: RemoteClaimMetrics,
    @Inject(REGION) private readonly region: string,
    private readonly callers: ForwardedCallers,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
  ) {}

  /**
   * @param read returns `undefined` for an answer that cannot be one of Datadip. Throws
   *   `UnreachableProblem` for an answer of a version that does not know the request
   * @throws {UnreachableProblem}
   */
  async send<T>(
    home: { readonly region: string; readonly peer: PeerConfig | undefined },
    request: HomeRequest,
    deadline: Deadline,
    read: (answer: RemoteAnswer) => T | undefined,
  ): Promise<T> {
    const line = home.peer === undefined ? undefined : this.lineTo(home.peer);
    try {
      if (line === undefined) throw new RemoteFailure('unknown_region');
      const value = await this.guarded(
        line,
        { ...request, headers: this.headersOf(request, home.region) },
        deadline,
        read,
      );
      this.metrics.sent(home.region, 'answered');
      return value;
    } catch (error) {
      if (error instanceof UnreachableProblem) this.count(home.region, 'earlier_version');
      if (!(error instanceof RemoteFailure)) throw error;
      this.count(home.region, error.outcome);
      throw new UnreachableProblem(
        'region_unreachable',
        503,
        'home region unreachable: it gave no usable answer in time',
        RETRY_AFTER_S,
      );
    }
  }

  onModuleDestroy(): void {
    for (const line of this.lines.values()) line.close();
  }

  private async guarded<T>(
    line: PeerLine,
    request: SignedRequest,
    deadline: Deadline,
    read: (answer: RemoteAnswer) => T | undefined,
  ): Promise<T> {
    // Requests are about different calls, so each request is another subject.
    this.requests += 1;
    const subject = String(this.requests);
    const permit = line.breaker.tryAcquire(subject);
    if (permit === undefined) throw new RemoteFailure('circuit_open');
    const withinMs = Math.min(LONGEST_MS, deadline.remainingMs());
    try {
      const value = read(await this.exchange(line, request, withinMs));
      if (value === undefined) throw new RemoteFailure('bad_answer');
      permit.succeeded();
      return value;
    } catch (error) {
      const outcome = error instanceof RemoteFailure ? error.outcome : 'answered';
      if (outcome === 'answered' || outcome === 'limited') permit.succeeded();
      else if (outcome === 'refused') permit.refused(subject);
      // A request that had hardly any time says nothing about the region.
      else if (outcome === 'timeout' && withinMs < LONGEST_MS / 10) permit.cancel();
      else permit.failed(subject);
      throw error;
    }
  }

  /** Sends the request, and once more if its connection broke and it may be repeated. */
  private async exchange(line: PeerLine, request: SignedRequest, withinMs: number): Promise<RemoteAnswer> {
    const untilMs = this.clock.nowMs() + withinMs;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), Math.max(0, withinMs));
    try {
      return await this.once(line.client, request, untilMs, abort.signal);
    } catch (error) {
      const isBroken = error instanceof RemoteFailure && error.outcome === 'connection_lost';
      if (!isBroken || !request.isRepeatable) throw error;
      return await this.once(line.fresh, request, untilMs, abort.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  private async once(
    client: AxiosInstance,
    { method, pathAndQuery, body, headers: own }: SignedRequest,
    untilMs: number,
    signal: AbortSignal,
  ): Promise<RemoteAnswer> {
    const leftMs = Math.floor(untilMs - this.clock.nowMs());
    if (leftMs <= 0) throw new RemoteFailure('timeout');
    const headers = { ...own, [DEADLINE_HEADER]: String(leftMs) };
    try {
      const {
        status,
        data,
        headers: got,
      } = await client.request<string>({ method, url: pathAndQuery, data: body, headers, signal });
      return parseRemoteAnswer(status, data, got['retry-after']);
    } catch (error) {
      throw asRemoteFailure(error, signal);
    }
  }

  private headersOf({ tenant, caller, callId = '', after }: HomeRequest, home: string): Record<string, string> {
    return {
      [FORWARDED_HEADER]: this.region,
      [FORWARDED_CALLER_HEADER]: caller,
      [FORWARDED_SIGNATURE_HEADER]: this.callers.sign({ tenant, caller, callId }, home),
      [TENANT_HEADER]: tenant,
      ...(after === undefined ? {} : { [AFTER_HEADER]: after }),
    };
  }

  private lineTo(peer: PeerConfig): PeerLine {
    const line = this.lines.get(peer) ?? peerLine(peer, this.clock);
    this.lines.set(peer, line);
    return line;
  }

  private count(home: string, outcome: RemoteOutcome): void {
    this.metrics.sent(home, outcome);
    this.report(home, outcome);
  }

  private report(home: string, outcome: RemoteOutcome): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - (this.loggedAtMs.get(home) ?? -Infinity) < LINE_EVERY_MS) return;
    this.loggedAtMs.set(home, nowMs);
    this.log.warn({ home, outcome }, 'a home region gave no usable answer: its tenants get region_unreachable here');
  }
}
