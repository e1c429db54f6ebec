import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import type { HttpSystemConfig, SystemLimits } from '../../config/sections/systems/system-config.js';
import type { Clock } from '../../kernel/clock.js';
import { currentSpan } from '../../platform/tracing/spans.js';
import type { Credentials } from '../auth/auth-strategy.js';
import { CallTracker, type CallMetrics } from '../call-tracker.js';
import type { OriginCall, OriginDriver } from '../origin-driver.js';
import type { OriginAnswer, OriginRequest } from '../origin.js';
import { ConnectionTrials } from './connection-trials.js';
import { withAnswerFacts, withErrorFacts } from './failure-facts.js';
import { parseAnswer, toOriginFailure } from './http-answer.js';
import type { HttpRequest } from './http-request.js';
import { routed, type Route, type Transport } from './route.js';
import { warmAgent, type WarmAgent } from './warm-agent.js';

/** The largest answer read from an origin. A data dip needs a few hundred bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Connections that are open before the service reports ready, and that stay open. */
const WARM_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 1000;

type DrivenSystem = Pick<HttpSystemConfig, 'name' | 'baseUrl' | 'charset' | 'timeoutMs' | 'limits'> &
  Partial<Pick<HttpSystemConfig, 'headers' | 'query' | 'traceparent'>>;

interface Client {
  readonly http: AxiosInstance;
  /** The parameters that every call adds to its query, encoded. */
  readonly query: string;
}

/**
 * Calls one system of record over HTTP. Only this folder knows axios and the sockets.
 *
 * Guarantees:
 * - A request is sent once. If its connection may have died while it was idle, the request is sent
 *   at most twice (`ConnectionTrials`).
 * - Redirects are not followed, and an answer above 1 MiB is refused.
 * - Failures carry no header, URL or body.
 *
 * Does not guarantee: a limit on the number of calls. `OriginBudget` limits the calls.
 */
export class HttpDriver implements OriginDriver {
  private readonly pool: WarmAgent;
  /** Encoded, without a leading sign. Empty if there is none. */
  private readonly constantQuery: string;
  private readonly trials: ConnectionTrials;
  private readonly calls: CallTracker;
  /** A client disappears with its credentials. */
  private readonly clients = new WeakMap<Credentials, Client>();

  constructor(
    private readonly system: DrivenSystem,
    private readonly route: Route,
    clock: Clock,
    metrics: CallMetrics,
  ) {
    this.pool = warmAgent(route, maxConnections(system.limits));
    this.constantQuery = encodedQuery(system.query);
    this.trials = new ConnectionTrials(this.pool, clock, system.timeoutMs);
    this.calls = new CallTracker(system.name, clock, metrics);
  }

  begin(request: OriginRequest, credentials: Credentials, timeoutMs: number): OriginCall<OriginAnswer> {
    if (request.kind !== 'http') throw new TypeError(`a request of kind ${request.kind} for a system of HTTP`);
    const exchange = {
      send: (signal: AbortSignal) => this.send(request, credentials, signal),
      parse: (response: AxiosResponse<Buffer>) => parse(response, credentials, request, this.system.charset),
      toFailure: (error: unknown) => withErrorFacts(toOriginFailure(error), error),
    };
    return this.calls.begin(exchange, timeoutMs);
  }

  async keepWarm(): Promise<void> {
    await this.pool.keepOpen(WARM_CONNECTIONS, CONNECT_TIMEOUT_MS);
  }

  async dial(): Promise<void> {
    await this.pool.dial(CONNECT_TIMEOUT_MS);
  }

  close(): void {
    this.pool.destroy();
  }

  private send(
    { method, pathAndQuery, body, headers }: HttpRequest,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<AxiosResponse<Buffer>> {
    const { http, query } = this.clientFor(credentials);
    const url = this.system.baseUrl + withQuery(pathAndQuery, query);
    const sent = this.withTraceparent(headers);
    const call = { method, url, data: body, signal, ...(sent && { headers: sent }) };
    return this.trials.send((transport: Transport) =>
      http.request<Buffer>({ ...call, transport: routed(this.route, transport) }),
    );
  }

  /** Only a traced request adds a header, and no header but `traceparent`. */
  private withTraceparent(headers: HttpRequest['headers']): HttpRequest['headers'] {
    const traceparent = this.system.traceparent === true ? currentSpan()?.traceparent : undefined;
    return traceparent === undefined ? headers : { ...headers, traceparent };
  }

  /**
   * Returns the client of these credentials. Merging a header into every request costs more than
   * building a client per token.
   */
  private clientFor(credentials: Credentials): Client {
    const known = this.clients.get(credentials);
    if (known !== undefined) return known;
    const headers = { ...this.system.headers, ...credentials.headers };
    const query = [this.constantQuery, encodedQuery(credentials.query)].filter((part) => part !== '').join('&');
    const client = { http: createClient(this.pool, headers), query };
    this.clients.set(credentials, client);
    return client;
  }
}

function encodedQuery(pairs: Readonly<Record<string, string>> = {}): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

function withQuery(pathAndQuery: string, query: string): string {
  if (query === '') return pathAndQuery;
  return `${pathAndQuery}${pathAndQuery.includes('?') ? '&' : '?'}${query}`;
}

/** @throws {OriginFailure} with the facts of the answer, for the log */
async function parse(
  response: AxiosResponse<Buffer>,
  credentials: Credentials,
  request: HttpRequest,
  charset: string | undefined,
): Promise<OriginAnswer> {
  try {
    return await parseAnswer(response, credentials, request, charset);
  } catch (error) {
    throw withAnswerFacts(error, response, credentials.tokenNumber);
  }
}

function createClient({ agent }: WarmAgent, headers: Readonly<Record<string, string>>): AxiosInstance {
  return axios.create({
    headers: withAccept(headers),
    httpAgent: agent,
    httpsAgent: agent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'arraybuffer',
    transformResponse: (bytes: unknown) => bytes,
    validateStatus: () => true,
  });
}

function withAccept(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'accept');
  return isGiven ? headers : { Accept: 'application/json', ...headers };
}

/** The largest limit of the day, scheduled windows included. */
function maxConnections({ maxConcurrent, schedule }: SystemLimits): number {
  return Math.max(maxConcurrent, ...schedule.map((window) => window.maxConcurrent ?? 0));
}
