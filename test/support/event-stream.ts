import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { eventually } from './eventually.js';

/** An event as it arrived. */
export interface ServerSentEvent {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** Opens a stream of server-sent events. The caller closes it. */
export async function openEventStream(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const request = get(url, { agent: false, headers });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return new EventStream(request, response);
}

export class EventStream {
  readonly events: ServerSentEvent[] = [];
  readonly status: number;
  /** Resolves when the stream has ended, on either side. */
  readonly ended: Promise<unknown>;
  private rest = '';

  constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    this.status = response.statusCode ?? 0;
    this.ended = new Promise((resolve) => response.on('close', resolve));
    response.on('error', () => undefined);
    response.setEncoding('utf8').on('data', (chunk: string) => this.take(chunk));
  }

  /** Waits for a later event that passes the check, and returns the result of the check. */
  async next<T>(check: (data: Record<string, unknown>) => T, withinMs = 20_000): Promise<T> {
    const seen = this.events.length;
    return eventually(
      () => {
        const latest = this.events.slice(seen).findLast(({ name }) => name === 'second');
        if (latest === undefined) throw new Error('no event has arrived');
        return check(latest.data);
      },
      { withinMs },
    );
  }

  close(): void {
    this.request.destroy();
  }

  private take(chunk: string): void {
    const parts = (this.rest + chunk).split('\n\n');
    this.rest = parts.pop() ?? '';
    for (const part of parts) {
      const name = /^event: (.*)$/m.exec(part)?.[1] ?? '';
      const data = /^data: (.*)$/m.exec(part)?.[1] ?? '{}';
      this.events.push({ name, data: JSON.parse(data) as Record<string, unknown> });
    }
  }
}
