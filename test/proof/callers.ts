import { Agent, request, type IncomingMessage } from 'node:http';

const ANSWER_WITHIN_MS = 15_000;

export interface Reply {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * An HTTP client with keep-alive connections: a new connection per call would cost more than the
 * call.
 */
export class Callers {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 1024 });

  /** @param headers sent with every request */
  constructor(private readonly headers: Readonly<Record<string, string>> = {}) {}

  /** Rejects if the connection breaks, the answer is late, or the answer is not JSON. */
  post(port: number, path: string, body: unknown): Promise<Reply> {
    return this.send('POST', port, path, JSON.stringify(body));
  }

  put(port: number, path: string, body: unknown): Promise<Reply> {
    return this.send('PUT', port, path, JSON.stringify(body));
  }

  get(port: number, path: string): Promise<Reply> {
    return this.send('GET', port, path);
  }

  private send(method: string, port: number, path: string, text = ''): Promise<Reply> {
    const body = text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const headers = { ...this.headers, ...body };
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, path, method, headers, agent: this.agent });
      call.on('response', (response) => void replyOf(response).then(resolve, reject));
      call.on('error', reject);
      call.setTimeout(ANSWER_WITHIN_MS, () => call.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)));
      call.end(text);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

async function replyOf(response: IncomingMessage): Promise<Reply> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk as string;
  return { status: response.statusCode ?? 0, json: (text === '' ? {} : JSON.parse(text)) as Reply['json'] };
}
