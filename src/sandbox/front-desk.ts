import type { TreatmentSwitches } from './behaviour.js';
import type { Answer, Exchange } from './exchange.js';
import { ServedCall, type FailureAnswer } from './served-call.js';
import type { CallStats } from './stats.js';
import type { Switchboard } from './switchboard.js';
import { treatmentOf } from './treatment.js';

/** What is particular to one stand-in system. */
export interface House {
  readonly switchboard: Switchboard<TreatmentSwitches>;
  readonly stats: CallStats;
  readonly failure: FailureAnswer;
  /** What a caller is told at once who is not let in. */
  turnedAway(exchange: Exchange, route: string): Answer | undefined;
}

/** Where every call to a stand-in system is taken: counted, treated by the switches, and ended at closing time. */
export class FrontDesk {
  private readonly open = new Set<ServedCall>();

  constructor(private readonly house: House) {}

  /**
   * @param answer what the data says now. It is sent when the service time is over, and by then may be old: a reader that keeps what
   * it reads must cope with a change in between, and this makes it happen every time.
   */
  take(exchange: Exchange, route: string, answer: () => Answer): void {
    const { switchboard, stats, failure } = this.house;
    stats.began(route);
    const call = new ServedCall(exchange.response, stats, failure, (over) => this.open.delete(over));
    this.open.add(call);
    const turnedAway = (): Answer | undefined => this.house.turnedAway(exchange, route);
    const arrived = { inFlight: stats.inFlight, turnedAway };
    call.begin(treatmentOf(switchboard.behaviour, arrived, switchboard.random), answer);
  }

  close(): void {
    for (const call of this.open) call.drop();
    this.open.clear();
  }
}
