import axios, { AxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import type { ClientRequest } from 'node:http';
import type { SystemAuth, SystemConfig, SystemLimits } from '../../config/config.js';
import type { OriginCall } from '../origin-call.js';
import type { Clock } from '../../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../../kernel/deadline.js';
import { OriginFailure, NotAdmitted, type DegradedReason, type OriginFailureDetails } from '../../kernel/errors.js';
import type { Metrics, OriginOutcome } from '../../platform/metrics/metrics.js';
import { retryAfterMs } from './retry-after.js';
import type { Token, TokenSource, TokenSources } from '../auth/token-sources.js';
import { warmAgent, type WarmAgent } from './warm-agent.js';

export interface HttpOriginRequest {
  readonly method: 'GET' | 'POST';
  /** Encoded already, with its query. Appended to the base URL: it cannot name another host. */
  readonly pathAndQuery: string;
  readonly body: Readonly<Record<string, string>> | undefined;
  /** Shown instead of the system's own, which it may become. */
  readonly token?: Token;
}

export interface OriginAnswer {
  /** The parsed body; absent when the origin says there is no such thing (404, 410, 204, or an empty body). */
  readonly body: unknown;
}

/** The largest answer read from an origin; a data dip needs a few hundred bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Connections open before the service reports ready, and kept open. */
const WARM_CONNECTIONS = 8;
const CONNECTS_WITHIN_MS = 1000;
/** How long an answer nobody waits for any more is still waited for, because only then it is known that the origin is done with it. */
const ABANDONED_FOR_MS = 30_000;

/** Failures in which the origin cannot have seen the call. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);
/** Failures that, on a connection used before, mean the origin had closed it in the meantime. */
const CONNECTION_DIED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * One system of record over HTTP.
 *
 * Promised: the answer of a call settles within the system's time-out, always with `OriginFailure` when it fails; nothing is sent twice;
 * redirects are not followed; bodies beyond 1 MiB are refused; failures carry no header, URL or body. A call that was given up stays open
 * until the origin has answered it, for 30 s at most, so that whoever counts calls knows what the origin is still busy with.
 * Not promised: that a call which timed out did nothing. Only reads are ever sent. Nor any bound on the number of calls: ask the budget.
 */
export class HttpOrigin {
  private readonly http: AxiosInstance;
  private readonly pool: WarmAgent;
  private shown: { readonly number: number; readonly http: AxiosInstance } | undefined;

  constructor(
    private readonly system: SystemConfig,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly tokens: TokenSources,
  ) {
    this.pool = warmAgent(new URL(system.baseUrl), mostConnections(system.limits));
    this.metrics.originInFlight.set({ system: system.name }, 0);
    this.http = clientOf(this.pool, authHeaders(system.auth));
  }

  /**
   * @param timeoutMs of this attempt, where it is not the first and less is left
   * @throws {NotAdmitted} when there is no token to show
   */
  begin(request: HttpOriginRequest, timeoutMs = this.system.timeoutMs): OriginCall<OriginAnswer> {
    const { name } = this.system;
    const token = this.tokenFor(request);
    const startedAtMs = this.clock.nowMs();
    const abort = new AbortController();
    const cutting = setTimeout(() => abort.abort(), timeoutMs + ABANDONED_FOR_MS).unref();
    this.metrics.originInFlight.inc({ system: name });
    const sent = this.send(request, token, abort.signal);
    const ended = sent.then(noop, noop).finally(() => {
      clearTimeout(cutting);
      this.metrics.originInFlight.dec({ system: name });
    });
    const answer = this.inTime(sent, token, startedAtMs, timeoutMs);
    return { answer, ended, cut: () => abort.abort() };
  }

  get name(): string {
    return this.system.name;
  }

  /** Of one call, with all its attempts. */
  get timeoutMs(): number {
    return this.system.timeoutMs;
  }

  /** Absent: its calls need none. */
  get tokenSource(): TokenSource | undefined {
    return this.tokens.of(this.name);
  }

  /** Opens connections up to a small stock, so that no caller pays for one. Rejects when the origin cannot be connected to. */
  async keepWarm(): Promise<void> {
    await this.pool.keepOpen(WARM_CONNECTIONS, CONNECTS_WITHIN_MS);
  }

  /** Opens a connection and closes it. Rejects when the origin cannot be connected to. */
  async dial(): Promise<void> {
    await this.pool.dial(CONNECTS_WITHIN_MS);
  }

  close(): void {
    this.pool.destroy();
  }

  private tokenFor({ token }: HttpOriginRequest): Token | undefined {
    if (this.tokenSource === undefined) return undefined;
    const shown = token ?? this.tokenSource.current();
    if (shown === undefined) throw noToken();
    return shown;
  }

  private async send(
    { method, pathAndQuery, body }: HttpOriginRequest,
    token: Token | undefined,
    signal: AbortSignal,
  ): Promise<AxiosResponse<string>> {
    const url = this.system.baseUrl + pathAndQuery;
    return this.showing(token).request<string>({ method, url, data: body, signal });
  }

  /** One client for each token, as long as it is shown: merging a header into every request costs more than the header. */
  private showing(token: Token | undefined): AxiosInstance {
    if (token === undefined) return this.http;
    if (this.shown?.number === token.number) return this.shown.http;
    const http = clientOf(this.pool, { Authorization: `Bearer ${token.value}` });
    this.shown = { number: token.number, http };
    return http;
  }

  private async inTime(
    sent: Promise<AxiosResponse<string>>,
    token: Token | undefined,
    startedAtMs: number,
    timeoutMs: number,
  ): Promise<OriginAnswer> {
    const { name } = this.system;
    let outcome: OriginOutcome = 'error';
    try {
      const response = await withTimeout(sent, timeoutMs);
      if (response === TIMED_OUT) throw new OriginFailure('origin_timeout', 'the origin did not answer in time');
      if (token !== undefined && response.status === 401) throw tokenRefused(token);
      const answer = understood(response);
      outcome = answer.body === undefined ? 'not_found' : 'ok';
      return answer;
    } catch (error) {
      const failure = asFailure(error);
      outcome = outcomeOf(failure);
      throw failure;
    } finally {
      this.metrics.originAnswered(name, outcome, (this.clock.nowMs() - startedAtMs) / 1000);
    }
  }
}

function clientOf({ agent }: WarmAgent, headers: Readonly<Record<string, string>>): AxiosInstance {
  return axios.create({
    headers: { Accept: 'application/json', ...headers },
    httpAgent: agent,
    httpsAgent: agent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'text',
    transformResponse: (text: unknown) => text,
    validateStatus: () => true,
  });
}

function noop(): void {
  // How a call ended is told by its answer.
}

/** Nothing was asked, and nobody need remember it: the next caller may come when there is a token again. */
export function noToken(): NotAdmitted {
  return new NotAdmitted('circuit_open', 'there is no token to ask with');
}

function tokenRefused({ number }: Token): OriginFailure {
  return new OriginFailure('origin_error', 'the origin refused the token', { alive: true, refusedToken: number });
}

/** At any time of day. */
function mostConnections({ maxConcurrent, schedule }: SystemLimits): number {
  return Math.max(maxConcurrent, ...schedule.map((window) => window.maxConcurrent ?? 0));
}

function authHeaders(auth: SystemAuth): Record<string, string> {
  switch (auth.type) {
    case 'none':
    case 'genesys':
    case 'cxone':
      return {};
    case 'bearer':
      return { Authorization: `Bearer ${auth.token}` };
    case 'basic':
      return { Authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` };
    case 'header':
      return { [auth.name]: auth.value };
  }
}

function understood({ status, data, headers }: AxiosResponse<string>): OriginAnswer {
  if (status === 404 || status === 410 || status === 204) return { body: undefined };
  if (status < 200 || status > 299)
    throw new OriginFailure(wordFor(status), `the origin answered ${status}`, hintsOf(status, headers));
  return { body: data.trim() === '' ? undefined : parsed(data) };
}

function wordFor(status: number): DegradedReason {
  return status === 429 ? 'origin_rate_limited' : 'origin_error';
}

/** Below 500 it is the question that was wrong, or we who asked. */
function hintsOf(status: number, headers: AxiosResponse['headers']): OriginFailureDetails {
  const refused = status === 429 || status === 503;
  const alive = status < 500;
  return refused ? { alive, refused, retryAfterMs: retryAfterMs(headers['retry-after']) } : { alive };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is not carried along.
    throw new OriginFailure('origin_error', 'the origin answered something that is not JSON', { alive: true });
  }
}

function neverArrived(error: unknown): boolean {
  if (!(error instanceof AxiosError) || error.response !== undefined) return false;
  const code = error.code ?? '';
  const request = error.request as Partial<ClientRequest> | undefined;
  return NEVER_ARRIVED.has(code) || (CONNECTION_DIED.has(code) && request?.reusedSocket === true);
}

function asFailure(error: unknown): OriginFailure {
  if (error instanceof OriginFailure) return error;
  const code = error instanceof AxiosError ? error.code : undefined;
  const message = `the call of the origin failed${code === undefined ? '' : ` (${code})`}`;
  return new OriginFailure('origin_error', message, { neverArrived: neverArrived(error) });
}

function outcomeOf({ code, details }: OriginFailure): OriginOutcome {
  if (details.refusedToken !== undefined) return 'token_refused';
  if (code === 'origin_timeout') return 'timeout';
  return code === 'origin_rate_limited' ? 'rate_limited' : 'error';
}
