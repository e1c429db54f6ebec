import type { CallSwitches } from './behaviour.js';
import type { Answer, Exchange } from './exchange.js';
import { ServedCall, type FailureAnswer } from './served-call.js';
import type { CallStats } from './stats.js';
import type { Switchboard } from './switchboard.js';
import { decideOutcome } from './call-outcome.js';

/** The properties of one simulated system. */
export interface CallHandlerOptions {
  readonly switchboard: Switchboard<CallSwitches>;
  readonly stats: CallStats;
  readonly failureAnswer: FailureAnswer;
  /** The immediate answer to a caller without access. `undefined` admits the call. */
  rejectionOf(exchange: Exchange, route: string): Answer | undefined;
}

/** Counts every call to a simulated system, applies the switches, and ends open calls on close. */
export class CallHandler {
  private readonly open = new Set<ServedCall>();

  constructor(private readonly options: CallHandlerOptions) {}

  /**
   * @param answer reads the data at the arrival of the call. The answer is sent after the service
   * time and may then be old. A reader that stores its reads must tolerate a change in between.
   */
  handle(exchange: Exchange, route: string, answer: () => Answer): void {
    const { switchboard, stats, failureAnswer } = this.options;
    stats.countBegin(route);
    const call = new ServedCall(exchange.response, stats, failureAnswer, (ended) => this.open.delete(ended));
    this.open.add(call);
    const rejection = (): Answer | undefined => this.options.rejectionOf(exchange, route);
    const arrival = { inFlight: stats.inFlight, rejection };
    call.start(decideOutcome(switchboard.behaviour, arrival, switchboard.random), answer);
  }

  close(): void {
    for (const call of this.open) call.cancel();
    this.open.clear();
  }
}
