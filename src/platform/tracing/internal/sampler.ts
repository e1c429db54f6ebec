import { Gcra, perSecondRate } from '../../../kernel/gcra.js';
import type { SpanContext } from '../span.js';
import { parseTraceparent } from './traceparent.js';

/**
 * The most requests per second that are traced because their caller asks for it. The limit bounds
 * the cost of a caller that samples every request.
 */
const ASKED_PER_SECOND = 10;
const ASKED = perSecondRate(ASKED_PER_SECOND, ASKED_PER_SECOND);

/** Whether a request is traced, and below which span of its caller. */
type Decision = { readonly isTraced: false } | { readonly isTraced: true; readonly parent?: SpanContext };

const NO: Decision = { isTraced: false };

/**
 * Decides before a span exists.
 *
 * Guarantees:
 * - A sampled `traceparent` is followed, at most `ASKED_PER_SECOND` times a second. Beyond that,
 *   the own ratio decides.
 * - A `traceparent` that is not sampled is followed, too: the request is not traced.
 */
export class Sampler {
  private readonly asked = new Gcra();

  constructor(
    private readonly ratio: number,
    private readonly random: () => number = Math.random,
  ) {}

  decide(traceparent: string | readonly string[] | undefined, nowMs: number): Decision {
    if (traceparent === undefined) return this.random() < this.ratio ? { isTraced: true } : NO;
    const parent = parseTraceparent(traceparent);
    if (parent === undefined) return this.random() < this.ratio ? { isTraced: true } : NO;
    if (!parent.isSampled) return NO;
    const isFollowed = this.asked.tryAcquire(ASKED, nowMs) !== undefined || this.random() < this.ratio;
    return isFollowed ? { isTraced: true, parent: { traceId: parent.traceId, spanId: parent.spanId } } : NO;
  }
}
