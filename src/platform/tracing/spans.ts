import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span, SpanAttributes, SpanStart } from './span.js';

/** `undefined` means that tracing is off. */
let running: AsyncLocalStorage<Span> | undefined;

/** Called once, if tracing is configured. */
export function enableSpans(): void {
  running ??= new AsyncLocalStorage();
}

/** The span that runs. `undefined` means that the request is not traced. */
export function currentSpan(): Span | undefined {
  return running?.getStore();
}

/** Runs `work` as a part of the span. */
export function runInSpan<T>(span: Span, work: () => T): T {
  return running === undefined ? work() : running.run(span, work);
}

/**
 * Runs `work` in a span below the running one. Without a running span it only runs `work`: an
 * untraced request pays one comparison.
 *
 * @param describe the attributes of a result
 */
export function inSpan<T>(
  start: SpanStart,
  work: () => Promise<T>,
  describe?: (result: T) => SpanAttributes,
): Promise<T> {
  const span = running?.getStore()?.child(start);
  return span === undefined ? work() : traced(span, work, describe);
}

/**
 * Runs `work` in another trace, with a link to the running span. Such work does not belong to the
 * answer of the request, and may outlive it.
 */
export function inLinkedTrace<T>(start: SpanStart, work: () => Promise<T>): Promise<T> {
  const span = running?.getStore()?.linked(start);
  return span === undefined ? work() : traced(span, work);
}

/** Records a moment as a span without a duration. */
export function recordMoment(start: SpanStart): void {
  running?.getStore()?.child(start)?.end();
}

async function traced<T>(span: Span, work: () => Promise<T>, describe?: (result: T) => SpanAttributes): Promise<T> {
  try {
    const result = await runInSpan(span, work);
    if (describe !== undefined) span.set(describe(result));
    return result;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
