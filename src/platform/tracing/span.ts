import { randomBytes } from 'node:crypto';
import { DatadipError } from '../../kernel/errors.js';

/** The kinds of OTLP that Datadip uses, by their numbers. */
const SPAN_KINDS = { internal: 1, server: 2, client: 3, producer: 4 } as const;

/**
 * The most spans of one trace. Work that a request has started may go on without an end, and must
 * not fill the queue.
 */
const MAX_SPANS_PER_TRACE = 128;

/** The names of the spans below the span of the request. */
type SpanName =
  | 'refresh'
  | 'store read'
  | 'store write'
  | 'store invalidate'
  | 'store claim'
  | 'store resolve'
  | 'store confirm'
  | 'store release'
  | 'store report'
  | 'admission'
  | 'origin'
  | 'bus publish'
  | 'bus put'
  | 'bus wait';

/**
 * All that a span may say. This type decides what leaves the process: no test at run time follows.
 *
 * Every value is a word of a closed set, a number, or a name from the configuration. No value comes
 * from an input, an answer, a URL or an error text.
 */
export interface SpanAttributes {
  readonly 'http.request.method'?: string;
  /** The declared path of the route, never the URL of the request. */
  readonly 'http.route'?: string;
  readonly 'http.response.status_code'?: number;
  readonly 'error.type'?: string;
  /** The name of a lookup. */
  readonly 'datadip.lookup'?: string | undefined;
  /** `X-Cache` of the answer. */
  readonly 'datadip.cache'?: string | undefined;
  readonly 'datadip.degraded_reason'?: string;
  /** The name of a system. */
  readonly 'datadip.system'?: string;
  readonly 'datadip.attempt'?: 'first' | 'repeat';
  readonly 'datadip.priority'?: string;
  /** `redis` or `memory`. */
  readonly 'datadip.tier'?: string;
  /** The type of an event. */
  readonly 'datadip.event'?: string;
  readonly 'datadip.outcome'?: string;
}

export interface SpanStart {
  readonly name: SpanName;
  readonly kind: keyof typeof SPAN_KINDS;
  readonly attributes?: SpanAttributes;
}

/** The place of a span in a trace. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/** A span that has ended. */
export interface FinishedSpan extends SpanContext {
  /** Empty for the first span of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: number;
  /** Unix milliseconds, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly isError: boolean;
  readonly link: SpanContext | undefined;
}

/** The clocks and the exporter of the spans of a process. */
export interface SpanSource {
  /** Milliseconds of a clock that never steps. */
  readonly nowMs: () => number;
  readonly unixMs: () => number;
  readonly finished: (span: FinishedSpan) => void;
}

/** The spans with one trace id that this process records. */
class Trace {
  private left = MAX_SPANS_PER_TRACE;
  /** Added to the monotonic time, so that a step of the wall clock moves no span of the trace. */
  private readonly offsetMs: number;

  constructor(
    readonly traceId: string,
    readonly source: SpanSource,
  ) {
    this.offsetMs = source.unixMs() - source.nowMs();
  }

  /** Whether the trace may have one more span. */
  take(): boolean {
    this.left -= 1;
    return this.left >= 0;
  }

  unixOf(monotonicMs: number): number {
    return monotonicMs + this.offsetMs;
  }
}

interface SpanPlace {
  readonly trace: Trace;
  readonly parentId: string;
  readonly link?: SpanContext;
}

/** Begins a trace, or goes on with the trace of a caller. */
export function startTrace(source: SpanSource, parent: SpanContext | undefined, startedAtMs: number): Span {
  const trace = new Trace(parent?.traceId ?? randomId(16), source);
  return new Span({ trace, parentId: parent?.spanId ?? '' }, 'request', SPAN_KINDS.server, startedAtMs, {});
}

/** A piece of work of a traced request, with its duration. */
export class Span implements SpanContext {
  readonly spanId = randomId(8);
  private isError = false;
  private hasEnded = false;

  constructor(
    private readonly place: SpanPlace,
    private name: string,
    private readonly kind: number,
    private readonly startedAtMs: number,
    private attributes: SpanAttributes,
  ) {}

  get traceId(): string {
    return this.place.trace.traceId;
  }

  /** The value of the header `traceparent` for calls of this span. */
  get traceparent(): string {
    return `00-${this.traceId}-${this.spanId}-01`;
  }

  /** `undefined` if the trace has `MAX_SPANS_PER_TRACE` spans. */
  child({ name, kind, attributes = {} }: SpanStart): Span | undefined {
    const { trace } = this.place;
    if (!trace.take()) return undefined;
    return new Span({ trace, parentId: this.spanId }, name, SPAN_KINDS[kind], trace.source.nowMs(), attributes);
  }

  /** The first span of another trace, with a link to this one. */
  linked({ name, kind, attributes = {} }: SpanStart): Span | undefined {
    const { trace: here } = this.place;
    if (!here.take()) return undefined;
    const trace = new Trace(randomId(16), here.source);
    const link = { traceId: this.traceId, spanId: this.spanId };
    return new Span({ trace, parentId: '', link }, name, SPAN_KINDS[kind], here.source.nowMs(), attributes);
  }

  rename(name: string): void {
    this.name = name;
  }

  set(attributes: SpanAttributes): void {
    this.attributes = { ...this.attributes, ...attributes };
  }

  /** Marks the span as failed. Only the code of the error is recorded, never its text. */
  fail(error: unknown): void {
    this.failAs(error instanceof DatadipError ? error.code : 'bug');
  }

  failAs(type: string): void {
    this.isError = true;
    this.set({ 'error.type': type });
  }

  /** The first call counts. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { trace, parentId, link } = this.place;
    const { traceId, spanId, name, kind, attributes, isError } = this;
    const [startMs, endMs] = [trace.unixOf(this.startedAtMs), trace.unixOf(trace.source.nowMs())];
    trace.source.finished({ traceId, spanId, parentId, name, kind, startMs, endMs, attributes, isError, link });
  }
}

function randomId(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
