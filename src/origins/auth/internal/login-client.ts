import axios, { AxiosError, type AxiosInstance } from 'axios';
import http from 'node:http';
import https from 'node:https';
import { declaredCharset, decodeText } from '../../../kernel/decode-text.js';
import { freshAgent } from '../../http/agents.js';
import { ERROR_CODE } from '../../http/failure-facts.js';
import { proxyFailureOf } from '../../http/proxy-failure.js';
import { routed, type Route } from '../../http/route.js';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Limits the whole request, connecting included. */
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A request without a complete answer. */
export interface PostFailure {
  /**
   * `bad_answer`: an answer began, and was too long or incomplete. `proxy`: the forward proxy is
   * the cause.
   */
  readonly fault: 'timeout' | 'unreachable' | 'bad_answer' | 'proxy';
  /** The status with which the forward proxy refused. */
  readonly status?: number | undefined;
  /** The code of the error, for the log: `ENOTFOUND`. */
  readonly errorCode: string | undefined;
}

/** The largest answer that is read: far larger than any token response. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Sends requests to one login. Logins have no budget.
 *
 * Guarantees: an answer or a failure within the timeout of the request. Redirects are not followed.
 */
export class LoginClient {
  private readonly http: AxiosInstance;

  constructor(private readonly route: Route) {
    // A new connection for each request: with one request an hour, a kept connection would be dead.
    const agent = freshAgent(route);
    this.http = axios.create({
      httpAgent: agent,
      httpsAgent: agent,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'arraybuffer',
      transformRequest: (text: unknown) => text,
      transformResponse: (bytes: unknown) => bytes,
      validateStatus: () => true,
    });
  }

  /**
   * @returns a failure instead of an error, because an error would carry the secret of the request
   */
  async post({ url, headers, body, timeoutMs, closing }: Post): Promise<PostAnswer | PostFailure> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      const signal = AbortSignal.any([timeout.signal, closing]);
      const response = await this.http.post<Buffer>(url, body, {
        headers: { Accept: 'application/json', ...headers },
        signal,
        transport: routed(this.route, this.route.url.protocol === 'https:' ? https : http),
      });
      const type: unknown = response.headers['content-type'];
      const charset = declaredCharset(typeof type === 'string' ? type : undefined);
      return { status: response.status, text: textOf(response.data, charset), headers: response.headers };
    } catch (error) {
      return timeout.signal.aborted ? { fault: 'timeout', errorCode: undefined } : failureOf(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Text that cannot be read holds no token, and its status still counts. */
function textOf(bytes: Buffer, charset: string | undefined): string {
  try {
    return decodeText(bytes, charset);
  } catch {
    return '';
  }
}

function failureOf(error: unknown): PostFailure {
  const code = error instanceof AxiosError ? error.code : undefined;
  const proxy = proxyFailureOf(error);
  if (proxy !== undefined) return { fault: 'proxy', status: proxy.status, errorCode: proxy.code };
  return { fault: faultOf(code), errorCode: code !== undefined && ERROR_CODE.test(code) ? code : undefined };
}

function faultOf(code: string | undefined): PostFailure['fault'] {
  if (code === AxiosError.ETIMEDOUT) return 'timeout';
  return code === AxiosError.ERR_BAD_RESPONSE ? 'bad_answer' : 'unreachable';
}
