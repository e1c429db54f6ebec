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
  /** Path and query, unchanged. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The arrival time of its head, on the monotonic clock. */
  readonly atMs: number;
}

/** Returns the JSON of an answer with status 200, or an `Answer`. */
export type OriginHandler = (call: OriginCall) => unknown;

/** Calls that wait until the test opens the hold. */
export interface Hold {
  /** Resolves when this number of calls waits. */
  arrived(calls: number): Promise<void>;
  /** Answers the waiting calls with the answers of their arrival time. Later calls do not wait. */
  open(): void;
}

type Plan = (call: OriginCall) => Promise<Reply>;

/** Starts a real HTTP server as a system of record. Without a handler it answers `{}`. */
export async function startOrigin(handler?: OriginHandler): Promise<ScriptedOrigin> {
  const origin = new ScriptedOrigin();
  if (handler !== undefined) origin.answer(handler);
  await origin.listen();
  return origin;
}

/**
 * An origin whose behaviour a test changes while it runs. A change affects only later calls. So a
 * test can hold an old answer while new calls receive the new answer.
 */
export class ScriptedOrigin {
  /** All calls, in the order in which their bodies were complete. */
  readonly calls: OriginCall[] = [];
  /** The number of calls without a complete answer, and its maximum. */
  inFlight = 0;
  peak = 0;
  /** The number of connections so far. */
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

  /** The number of calls so far. */
  get count(): number {
    return this.calls.length;
  }

  /** Answers 200 with this JSON, or with the result of this handler. */
  answer(value: unknown): void {
    const handler = typeof value === 'function' ? (value as OriginHandler) : () => value;
    this.plan = async (call) => {
      const result = await handler(call);
      return result instanceof Answer ? result : Answer.json(result);
    };
  }

  text(body: string, contentType: string): void {
    this.replyWith(new Answer(200, { 'content-type': contentType }, body));
  }

  /** Answers 200 with these bytes. */
  bytes(body: Buffer, contentType: string): void {
    this.replyWith(new Answer(200, { 'content-type': contentType }, body));
  }

  fail(status: number, headers: Record<string, string> = {}): void {
    this.replyWith(Answer.json({ error: `scripted ${status}` }, status, headers));
  }

  /** Accepts calls and never answers. */
  hang(): void {
    this.replyWith({ kind: 'silence' });
  }

  /** Starts an answer at once, then sends one byte per interval without an end. */
  trickle(intervalMs: number, opening?: string): void {
    this.replyWith({ kind: 'trickle', intervalMs, ...(opening === undefined ? {} : { opening }) });
  }

  /** Breaks the connection in the middle of the body. */
  closeHalfway(opening?: string): void {
    this.replyWith({ kind: 'halfway', ...(opening === undefined ? {} : { opening }) });
  }

  /** Resets the connection instead of answering. */
  resetOnRequest(): void {
    this.replyWith({ kind: 'reset' });
  }

  /** Answers a JSON string of this size, in chunks. */
  huge(bytes: number): void {
    this.replyWith({ kind: 'huge', bytes });
  }

  /** Holds the answers of later calls until the hold is opened. */
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

  /** Listens. A second call listens at the same port. */
  async listen(): Promise<void> {
    this.port = await listenPrivately(this.server, this.port);
  }

  /** Breaks open connections and refuses new connections. */
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

  private replyWith(reply: Reply): void {
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
      // The caller closed the connection, or a handler threw. Both look like a broken origin.
      response.destroy();
    }
  }
}

/** A gate that counts the waiting calls. */
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
