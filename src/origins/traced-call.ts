import { OriginFailure } from '../kernel/errors.js';
import type { Span } from '../platform/tracing/span.js';
import { currentSpan, runInSpan } from '../platform/tracing/spans.js';
import type { OriginCall } from './origin-driver.js';
import type { OriginAnswer } from './origin.js';

/** Begins a call, in a span if the request is traced. */
export function tracedCall(
  system: string,
  attempt: 'first' | 'repeat',
  begin: () => OriginCall<OriginAnswer>,
): OriginCall<OriginAnswer> {
  const attributes = { 'datadip.system': system, 'datadip.attempt': attempt };
  const span = currentSpan()?.child({ name: 'origin', kind: 'client', attributes });
  if (span === undefined) return begin();
  const call = runInSpan(span, begin);
  call.answer.then(
    ({ body }) => endAs(span, body === undefined ? 'not_found' : 'ok'),
    (error: unknown) => {
      span.fail(error);
      endAs(span, error instanceof OriginFailure ? (error.details.fault ?? error.code) : 'bug');
    },
  );
  return call;
}

function endAs(span: Span, outcome: string): void {
  span.set({ 'datadip.outcome': outcome });
  span.end();
}
