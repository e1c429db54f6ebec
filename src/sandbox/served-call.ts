import type { ServerResponse } from 'node:http';
import { send, textOf, type Answer } from './exchange.js';
import type { CallStats } from './stats.js';
import type { Manner, Treatment } from './treatment.js';

/** Between two bytes of a trickled answer. */
const TRICKLE_EVERY_MS = 100;

/** What a system says of a failure it was told to have. */
export type FailureAnswer = (status: number, retryAfterS: number | null) => Answer;

/** `abandoned`: the caller has left, the work has not ended. */
type Phase = 'serving' | 'abandoned' | 'hung' | 'trickling' | 'over';

type Worked = Extract<Treatment, { kind: 'fail' | 'serve' }>;

/**
 * One call on its way from arrival to end.
 *
 * Promised: counted as begun once and as ended once; a caller who leaves before the answer is out is counted as aborted, but the call
 * stays in flight until its service time is over, as a real database goes on working for nobody. A hung call has no service time, so
 * it ends with its caller. After `drop()` no timer is left and nothing is counted any more.
 */
export class ServedCall {
  private phase: Phase = 'serving';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly stats: CallStats,
    private readonly failure: FailureAnswer,
    private readonly whenOver: (call: ServedCall) => void,
  ) {
    response.once('close', () => this.callerLeft());
  }

  /** @param answer asked at once, and only when the call is to be served */
  begin(treatment: Treatment, answer: () => Answer): void {
    switch (treatment.kind) {
      case 'refuse':
        this.spoil();
        this.response.destroy();
        return;
      case 'hang':
        this.phase = 'hung';
        return;
      case 'turn-away':
        this.sendWhole(treatment.answer);
        return;
      case 'fail':
        this.work(treatment, this.failure(treatment.status, treatment.retryAfterS));
        return;
      case 'serve':
        this.work(treatment, answer());
        return;
    }
  }

  drop(): void {
    clearTimeout(this.timer);
    this.phase = 'over';
  }

  private work(treatment: Worked, answer: Answer): void {
    const deliver = (): void => this.deliver(treatment, answer);
    if (treatment.afterMs === 0) deliver();
    else this.timer = setTimeout(deliver, treatment.afterMs);
  }

  private deliver({ kind, manner }: Worked, answer: Answer): void {
    if (this.phase === 'abandoned') {
      this.end();
      return;
    }
    if (kind === 'fail') this.stats.failed();
    this.sendAs(manner, answer);
  }

  private sendAs(manner: Manner, answer: Answer): void {
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
    const bytes = Buffer.from(textOf(answer));
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
    }, TRICKLE_EVERY_MS);
  }

  private sendHalf(answer: Answer): void {
    const { status, headers } = answer;
    const bytes = Buffer.from(textOf(answer));
    this.spoil();
    this.response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
    this.response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => this.response.destroy());
  }

  private callerLeft(): void {
    if (this.phase === 'over') return;
    this.stats.callerLeft();
    if (this.phase === 'serving') this.phase = 'abandoned';
    else this.end();
  }

  private spoil(): void {
    this.stats.failed();
    this.end();
  }

  private end(): void {
    this.drop();
    this.stats.ended();
    this.whenOver(this);
  }
}
