import axios, { AxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import type { ClientRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { SystemAuth, SystemConfig } from '../../config/config.js';
import type { Clock } from '../../kernel/clock.js';
import type { Deadline } from '../../kernel/deadline.js';
import { OriginFailure } from '../../kernel/errors.js';
import type { Metrics, OriginOutcome } from '../metrics/metrics.js';
import { warmAgent, type WarmAgent } from './warm-agent.js';

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  /** Encoded already, with its query. Appended to the base URL: it cannot name another host. */
  readonly pathAndQuery: string;
  readonly body: Readonly<Record<string, string>> | undefined;
}

export interface UpstreamAnswer {
  /** The parsed body; absent when the origin says there is no such thing (404, 410, 204, or an empty body). */
  readonly body: unknown;
}

/** The largest answer read from an origin; a data dip needs a few hundred bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Connections open before the service reports ready, and kept open. */
const WARM_CONNECTIONS = 8;
const CONNECTS_WITHIN_MS = 1000;
/** A second attempt must have at least this much time left to be worth making. */
const WORTH_RETRYING_MS = 100;

/** Failures in which the origin cannot have seen the call. */
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);
/** Failures that, on a connection used before, mean the origin had closed it in the meantime. */
const CONNECTION_DIED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * One system of record over HTTP.
 *
 * Promised: a call settles within the system's time-out, and once more only when the first attempt never reached the origin and there
 * is time left; redirects are not followed; bodies beyond 1 MiB are refused; failures carry no header, URL or body.
 * Not promised: that a call which timed out did nothing. Only reads are ever sent.
 */
export class UpstreamClient {
  private readonly http: AxiosInstance;
  private readonly pool: WarmAgent;

  constructor(
    private readonly system: SystemConfig,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.pool = warmAgent(new URL(system.baseUrl), system.limits.maxConcurrent);
    this.metrics.originLimit.set({ system: system.name }, system.limits.maxConcurrent);
    this.metrics.originInFlight.set({ system: system.name }, 0);
    this.http = axios.create({
      headers: { Accept: 'application/json', ...authHeaders(system.auth) },
      httpAgent: this.pool.agent,
      httpsAgent: this.pool.agent,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'text',
      transformResponse: (text: unknown) => text,
      validateStatus: () => true,
    });
  }

  /** @throws {OriginFailure} always this, whatever went wrong underneath */
  async call(request: UpstreamRequest, deadline: Deadline): Promise<UpstreamAnswer> {
    try {
      return await this.attempt(request);
    } catch (error) {
      if (!neverArrived(error) || deadline.remainingMs() < WORTH_RETRYING_MS) throw asFailure(error);
      await delay(20 + Math.random() * 30);
      return await this.attempt(request).catch((again: unknown) => Promise.reject(asFailure(again)));
    }
  }

  get name(): string {
    return this.system.name;
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

  private async attempt({ method, pathAndQuery, body }: UpstreamRequest): Promise<UpstreamAnswer> {
    const { name, baseUrl, timeoutMs } = this.system;
    const startedAtMs = this.clock.nowMs();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    this.metrics.originInFlight.inc({ system: name });
    let outcome: OriginOutcome = 'error';
    try {
      const response = await this.http.request<string>({
        method,
        url: baseUrl + pathAndQuery,
        data: body,
        signal: abort.signal,
      });
      const answer = understood(response);
      outcome = answer.body === undefined ? 'not_found' : 'ok';
      return answer;
    } catch (error) {
      const failure = abort.signal.aborted
        ? new OriginFailure('origin_timeout', 'the origin did not answer in time')
        : error;
      outcome = outcomeOf(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
      this.metrics.originInFlight.dec({ system: name });
      this.metrics.originAnswered(name, outcome, (this.clock.nowMs() - startedAtMs) / 1000);
    }
  }
}

function authHeaders(auth: SystemAuth): Record<string, string> {
  switch (auth.type) {
    case 'none':
      return {};
    case 'bearer':
      return { Authorization: `Bearer ${auth.token}` };
    case 'basic':
      return { Authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` };
    case 'header':
      return { [auth.name]: auth.value };
  }
}

function understood({ status, data }: AxiosResponse<string>): UpstreamAnswer {
  if (status === 404 || status === 410 || status === 204) return { body: undefined };
  if (status === 429) throw new OriginFailure('origin_rate_limited', 'the origin answered 429');
  if (status < 200 || status > 299) throw new OriginFailure('origin_error', `the origin answered ${status}`);
  return { body: data.trim() === '' ? undefined : parsed(data) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is not carried along.
    throw new OriginFailure('origin_error', 'the origin answered something that is not JSON');
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
  return new OriginFailure('origin_error', `the call of the origin failed${code === undefined ? '' : ` (${code})`}`);
}

function outcomeOf(error: unknown): OriginOutcome {
  if (!(error instanceof OriginFailure)) return 'error';
  if (error.code === 'origin_timeout') return 'timeout';
  return error.code === 'origin_rate_limited' ? 'rate_limited' : 'error';
}
