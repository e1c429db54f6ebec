import type { Switchboard } from './behaviour.js';
import type { Answer, Exchange } from './exchange.js';
import { ServedCall } from './served-call.js';
import type { CallStats } from './stats.js';
import { treatmentOf } from './treatment.js';

/** Where every call to the stand-in systems is taken: counted, treated by the switches, and ended at closing time. */
export class FrontDesk {
  private readonly open = new Set<ServedCall>();

  constructor(
    private readonly switchboard: Switchboard,
    private readonly stats: CallStats,
  ) {}

  /**
   * @param answer what the data says now. It is sent when the service time is over, and by then may be old: a reader that keeps what
   * it reads must cope with a change in between, and this makes it happen every time.
   */
  take({ request, response }: Exchange, route: string, answer: Answer): void {
    this.stats.began(route);
    const call = new ServedCall(response, this.stats, (over) => this.open.delete(over));
    this.open.add(call);
    const arrived = { inFlight: this.stats.inFlight, authorization: request.headers.authorization };
    call.begin(treatmentOf(this.switchboard.behaviour, arrived, this.switchboard.random), answer);
  }

  close(): void {
    for (const call of this.open) call.drop();
    this.open.clear();
  }
}
