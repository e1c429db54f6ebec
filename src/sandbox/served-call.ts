import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { send, type Answer } from './exchange.js';
import type { CallStats } from './stats.js';
import type { Manner, Treatment } from './treatment.js';

/** Between two bytes of a trickled answer. */
const TRICKLE_EVERY_MS = 100;

const UNAUTHORIZED: Answer = {
  status: 401,
  body: { error: 'unauthorized' },
  headers: { 'www-authenticate': 'Bearer' },
};

/** `abandoned`: the caller has left, the work has not ended. */
type Phase = 'serving' | 'abandoned' | 'hung' | 'trickling' | 'over';

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
    private readonly whenOver: (call: ServedCall) => void,
  ) {
    response.once('close', () => this.callerLeft());
  }

  begin(treatment: Treatment, answer: Answer): void {
    switch (treatment.kind) {
      case 'refuse':
        this.spoil();
        this.response.destroy();
        return;
      case 'hang':
        this.phase = 'hung';
        return;
      case 'unauthorized':
        this.sendWhole(UNAUTHORIZED);
        return;
      case 'fail':
      case 'serve':
        this.work(treatment.afterMs, () => this.deliver(treatment, answer));
        return;
    }
  }

  drop(): void {
    clearTimeout(this.timer);
    this.phase = 'over';
  }

  private work(forMs: number, then: () => void): void {
    if (forMs === 0) then();
    else this.timer = setTimeout(then, forMs);
  }

  private deliver(treatment: Extract<Treatment, { kind: 'fail' | 'serve' }>, answer: Answer): void {
    if (this.phase === 'abandoned') {
      this.end();
      return;
    }
    if (treatment.kind === 'serve') {
      this.sendAs(treatment.manner, answer);
      return;
    }
    this.stats.failed();
    this.sendAs(treatment.manner, failureOf(treatment.status, treatment.retryAfterS));
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

  private trickle({ status, body, headers }: Answer): void {
    const bytes = Buffer.from(JSON.stringify(body));
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

  private sendHalf({ status, body, headers }: Answer): void {
    const bytes = Buffer.from(JSON.stringify(body));
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

function failureOf(status: number, retryAfterS: number | null): Answer {
  const headers: OutgoingHttpHeaders = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return { status, body: { error: 'failed, as the sandbox was told to' }, headers };
}
