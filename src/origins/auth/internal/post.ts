import axios, { AxiosError } from 'axios';
import https from 'node:https';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The longest it may take, connecting included. */
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** `bad_answer`: one began, and it is too long or was broken off. */
type PostFault = 'timeout' | 'unreachable' | 'bad_answer';

/** Far more than any token takes. */
const MAX_ANSWER_BYTES = 64 * 1024;

const http = axios.create({
  // A connection of its own each: it is asked once an hour, and must not find one that has died meanwhile.
  httpsAgent: new https.Agent({ keepAlive: false, minVersion: 'TLSv1.2' }),
  proxy: false,
  maxRedirects: 0,
  maxContentLength: MAX_ANSWER_BYTES,
  responseType: 'text',
  transformRequest: (text: unknown) => text,
  transformResponse: (text: unknown) => text,
  validateStatus: () => true,
});

/** One POST, in the open of nobody's budget. What went wrong is a word, because an error would carry the secret that was sent. */
export async function post({ url, headers, body, timeoutMs, closing }: Post): Promise<PostAnswer | PostFault> {
  const giving = new AbortController();
  const timer = setTimeout(() => giving.abort(), timeoutMs);
  try {
    const signal = AbortSignal.any([giving.signal, closing]);
    const {
      status,
      data,
      headers: told,
    } = await http.post<string>(url, body, {
      headers: { Accept: 'application/json', ...headers },
      signal,
    });
    return { status, text: data, headers: told };
  } catch (error) {
    return giving.signal.aborted ? 'timeout' : faultOf(error);
  } finally {
    clearTimeout(timer);
  }
}

function faultOf(error: unknown): PostFault {
  const code = error instanceof AxiosError ? error.code : undefined;
  if (code === AxiosError.ETIMEDOUT) return 'timeout';
  return code === AxiosError.ERR_BAD_RESPONSE ? 'bad_answer' : 'unreachable';
}
