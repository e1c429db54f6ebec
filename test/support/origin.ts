import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { bounded } from './bounded.js';
import { Gate } from './gate.js';
import { Answer, send, type Reply } from './origin-replies.js';
import { listenPrivately } from './private-port.js';

const ARRIVES_WITHIN_MS = 30_000;

export interface OriginCall {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When its head arrived, on the monotonic clock. */
  readonly atMs: number;
}

/** Gives the JSON to answer with, or an `Answer` where 200 will not do. */
export type OriginHandler = (call: OriginCall) => unknown;

/** Calls that wait until the test lets them go. */
export interface Hold {
  /** Resolves when this many calls have come to wait here. */
  arrived(calls: number): Promise<void>;
  /** They are answered now, with what the origin said when they arrived; later ones do not wait. */
  open(): void;
}

type Plan = (call: OriginCall) => Promise<Reply>;

/** A real HTTP server in the place of a system of record. Without a handler it answers `{}`. */
export async function startOrigin(handler?: OriginHandler): Promise<ScriptedOrigin> {
  const origin = new ScriptedOrigin();
  if (handler !== undefined) origin.answer(handler);
  await origin.listen();
  return origin;
}

/**
 * What it does to calls is chosen while it runs. The choice is for the calls that come after it: a call already here keeps the
 * one it met, so an old answer can be held back while new calls get the new one.
 */
export class ScriptedOrigin {
  /** In the order in which they were read to the end. */
  readonly calls: OriginCall[] = [];
  /** Calls being worked on now, and the most there have been at one time. */
  inFlight = 0;
  peak = 0;
  /** Connections opened so far. */
  connections = 0;
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));
  private port: number | undefined;
  private plan: Plan = () => Promise.resolve(Answer.json({}));

  constructor() {
    this.server.on('connection', () => (this.connections += 1));
  }

  get url(): string {
    if (this.port === undefined) throw new Error('the origin has never listened');
    return `http://127.0.0.1:${this.port}`;
  }

  /** Calls so far. */
  get count(): number {
    return this.calls.length;
  }

  /** 200 with this JSON, or with what the handler gives for the call. */
  answer(value: unknown): void {
    const handler = typeof value === 'function' ? (value as OriginHandler) : () => value;
    this.plan = async (call) => {
      const said = await handler(call);
      return said instanceof Answer ? said : Answer.json(said);
    };
  }

  text(body: string, contentType: string): void {
    this.always(new Answer(200, { 'content-type': contentType }, body));
  }

  fail(status: number, headers: Record<string, string> = {}): void {
    this.always(Answer.json({ error: `scripted ${status}` }, status, headers));
  }

  /** Takes the call and never says a word. */
  hang(): void {
    this.always({ kind: 'silence' });
  }

  /** Answers at once, but one byte per interval and without an end. */
  trickle(intervalMs: number, opening?: string): void {
    this.always({ kind: 'trickle', intervalMs, ...(opening === undefined ? {} : { opening }) });
  }

  /** Breaks the connection in the middle of the body. */
  closeHalfway(opening?: string): void {
    this.always({ kind: 'halfway', ...(opening === undefined ? {} : { opening }) });
  }

  /** Resets the connection in place of an answer. */
  resetOnRequest(): void {
    this.always({ kind: 'reset' });
  }

  /** A JSON string of this size, in chunks. */
  huge(bytes: number): void {
    this.always({ kind: 'huge', bytes });
  }

  /** Whatever it would answer to the calls that come now, it answers when the hold is opened. */
  hold(): Hold {
    const waiting = new Waiting();
    const before = this.plan;
    this.plan = async (call) => {
      const reply = await before(call);
      await waiting.wait();
      return reply;
    };
    return waiting;
  }

  /** Listens, from the second time on at the port it had before. */
  async listen(): Promise<void> {
    this.port = await listenPrivately(this.server, this.port);
  }

  /** Nobody home: open connections break and new ones are refused. */
  async refuse(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeAllConnections();
    await closed;
  }

  async stop(): Promise<void> {
    await this.refuse();
  }

  private always(reply: Reply): void {
    this.plan = () => Promise.resolve(reply);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1;
    this.peak = Math.max(this.peak, this.inFlight);
    response.once('close', () => (this.inFlight -= 1));
    try {
      const call = await readCall(request);
      this.calls.push(call);
      send(await this.plan(call), response);
    } catch {
      // The caller went away, or a handler threw: both look like a broken origin.
      response.destroy();
    }
  }
}

/** A gate that counts who waits. */
class Waiting extends Gate implements Hold {
  private waiting = 0;
  private readonly milestones = new Map<number, Gate>();

  override wait(): Promise<void> {
    this.waiting += 1;
    this.milestone(this.waiting).open();
    return super.wait();
  }

  arrived(calls: number): Promise<void> {
    const late = `${calls} calls at the held origin`;
    return bounded(this.milestone(calls).wait(), ARRIVES_WITHIN_MS, late);
  }

  private milestone(calls: number): Gate {
    const gate = this.milestones.get(calls) ?? new Gate();
    this.milestones.set(calls, gate);
    return gate;
  }
}

async function readCall(request: IncomingMessage): Promise<OriginCall> {
  const atMs = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString('utf8'), atMs };
}
