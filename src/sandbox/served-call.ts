import type { ServerResponse } from 'node:http';
import { RawText, send, serialize, type Answer } from './exchange.js';
import type { CallStats } from './stats.js';
import type { Delivery, CallOutcome } from './call-outcome.js';

/** The time between two bytes of a trickled answer. */
const TRICKLE_INTERVAL_MS = 100;

/** Builds the answer of a failure that the switches demand. */
export type FailureAnswer = (status: number, retryAfterS: number | null) => Answer;

/** `abandoned`: the caller has closed the connection, and the work has not ended. */
type Phase = 'serving' | 'abandoned' | 'hung' | 'trickling' | 'ended';

type ServedOutcome = Extract<CallOutcome, { kind: 'fail' | 'serve' }>;

/**
 * A call from its arrival to its end.
 *
 * Guarantees:
 * - The call is counted as begun once and as ended once.
 * - If the caller closes the connection before the answer is sent, the call counts as aborted. The
 *   call stays in flight until its service time is over, because a real database continues to work.
 * - A hung call has no service time, so it ends when its caller closes the connection.
 * - After `cancel()` no timer is left and no counter changes.
 */
export class ServedCall {
  private phase: Phase = 'serving';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly stats: CallStats,
    private readonly failureAnswer: FailureAnswer,
    private readonly onEnd: (call: ServedCall) => void,
  ) {
    response.once('close', () => this.handleClose());
  }

  /** @param answer runs immediately, and only if the outcome is `serve` */
  start(outcome: CallOutcome, answer: () => Answer): void {
    switch (outcome.kind) {
      case 'refuse':
        this.endFailed();
        this.response.destroy();
        return;
      case 'hang':
        this.phase = 'hung';
        return;
      case 'reject':
        this.sendWhole(outcome.answer);
        return;
      case 'fail':
        this.answerAfterServiceTime(outcome, this.failure(outcome));
        return;
      case 'serve':
        this.answerAfterServiceTime(outcome, answer());
        return;
    }
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.phase = 'ended';
  }

  private failure({ status, body, retryAfterS }: Extract<CallOutcome, { kind: 'fail' }>): Answer {
    const answer = this.failureAnswer(status, retryAfterS);
    return body === 'json' ? answer : { ...answer, ...proxyAnswer(body, status, answer.headers) };
  }

  private answerAfterServiceTime(outcome: ServedOutcome, answer: Answer): void {
    const deliver = (): void => this.deliver(outcome, answer);
    if (outcome.afterMs === 0) deliver();
    else this.timer = setTimeout(deliver, outcome.afterMs);
  }

  private deliver({ kind, manner }: ServedOutcome, answer: Answer): void {
    if (this.phase === 'abandoned') {
      this.end();
      return;
    }
    if (kind === 'fail') this.stats.countFailure();
    this.sendAs(manner, answer);
  }

  private sendAs(manner: Delivery, answer: Answer): void {
    switch (manner) {
      case 'whole':
        this.sendWhole(answer);
        return;
      case 'trickled':
        this.trickle(answer);
        return;
      case 'halfway':
        this.sendHalf(answer);
        return;
    }
  }

  private sendWhole(answer: Answer): void {
    this.end();
    send(this.response, answer);
  }

  private trickle(answer: Answer): void {
    const { status, headers } = answer;
    const bytes = Buffer.from(serialize(answer));
    let sent = 0;
    this.phase = 'trickling';
    this.response.writeHead(status, { 'content-type': 'application/json', 'transfer-encoding': 'chunked', ...headers });
    this.response.flushHeaders();
    this.timer = setInterval(() => {
      this.response.write(bytes.subarray(sent, sent + 1));
      sent += 1;
      if (sent < bytes.length) return;
      this.end();
      this.response.end();
    }, TRICKLE_INTERVAL_MS);
  }

  private sendHalf(answer: Answer): void {
    const { status, headers } = answer;
    const bytes = Buffer.from(serialize(answer));
    this.endFailed();
    this.response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
    this.response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => this.response.destroy());
  }

  private handleClose(): void {
    if (this.phase === 'ended') return;
    this.stats.countAbort();
    if (this.phase === 'serving') this.phase = 'abandoned';
    else this.end();
  }

  private endFailed(): void {
    this.stats.countFailure();
    this.end();
  }

  private end(): void {
    this.cancel();
    this.stats.countEnd();
    this.onEnd(this);
  }
}

/** The answer of a proxy in front of the system. */
function proxyAnswer(
  kind: 'html' | 'text' | 'empty',
  status: number,
  headers: Answer['headers'],
): Pick<Answer, 'body' | 'headers'> {
  const texts = {
    html: `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`,
    text: `default backend - ${status}`,
    empty: '',
  };
  const contentType = kind === 'html' ? 'text/html' : 'text/plain';
  return { body: new RawText(texts[kind]), headers: { ...headers, 'content-type': contentType } };
}
