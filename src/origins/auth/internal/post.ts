import axios, { AxiosError } from 'axios';
import https from 'node:https';
import { declaredCharset, decodeText } from '../../../kernel/decode-text.js';
import { ERROR_CODE } from '../../http/failure-facts.js';

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
  /** `bad_answer`: an answer began, and was too long or incomplete. */
  readonly fault: 'timeout' | 'unreachable' | 'bad_answer';
  /** The code of the error, for the log: `ENOTFOUND`. */
  readonly errorCode: string | undefined;
}

/** The largest answer that is read: far larger than any token response. */
const MAX_ANSWER_BYTES = 64 * 1024;

const http = axios.create({
  // A new connection for each request: with one request an hour, a kept connection would be dead.
  httpsAgent: new https.Agent({ keepAlive: false, minVersion: 'TLSv1.2' }),
  proxy: false,
  maxRedirects: 0,
  maxContentLength: MAX_ANSWER_BYTES,
  responseType: 'arraybuffer',
  transformRequest: (text: unknown) => text,
  transformResponse: (bytes: unknown) => bytes,
  validateStatus: () => true,
});

/**
 * Sends one POST to a login. Logins have no budget.
 *
 * @returns a failure instead of an error, because an error would carry the secret of the request
 */
export async function post({ url, headers, body, timeoutMs, closing }: Post): Promise<PostAnswer | PostFailure> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const signal = AbortSignal.any([timeout.signal, closing]);
    const response = await http.post<Buffer>(url, body, {
      headers: { Accept: 'application/json', ...headers },
      signal,
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
  return { fault: faultOf(code), errorCode: code !== undefined && ERROR_CODE.test(code) ? code : undefined };
}

function faultOf(code: string | undefined): PostFailure['fault'] {
  if (code === AxiosError.ETIMEDOUT) return 'timeout';
  return code === AxiosError.ERR_BAD_RESPONSE ? 'bad_answer' : 'unreachable';
}
