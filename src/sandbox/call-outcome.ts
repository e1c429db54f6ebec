import type { CallSwitches } from './behaviour.js';
import type { Answer } from './exchange.js';
import type { Random } from './seeded-random.js';
import { serviceTimeMs, standardNormal } from './service-time.js';

/** How the bytes of an answer are sent. */
export type Delivery = 'whole' | 'trickled' | 'halfway';

/** The outcome of one call, decided at its arrival. */
export type CallOutcome =
  | { readonly kind: 'refuse' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reject'; readonly answer: Answer }
  | {
      readonly kind: 'fail';
      readonly afterMs: number;
      readonly manner: Delivery;
      readonly status: number;
      readonly body: CallSwitches['failureBody'];
      readonly retryAfterS: number | null;
    }
  | { readonly kind: 'serve'; readonly afterMs: number; readonly manner: Delivery };

/**
 * Decides once, at the arrival of the call. Every call draws three random numbers, needed or not.
 * So a change of one switch does not change the random numbers of later calls.
 */
export function decideOutcome(
  behaviour: CallSwitches,
  call: {
    readonly inFlight: number;
    /** Runs at most once, and not for a call that is refused or hangs. */
    readonly rejection: () => Answer | undefined;
  },
  random: Random,
): CallOutcome {
  const normal = standardNormal(random(), random());
  const fails = random() < behaviour.failureRate;
  if (behaviour.refuse) return { kind: 'refuse' };
  if (behaviour.hang) return { kind: 'hang' };
  const answer = call.rejection();
  if (answer !== undefined) return { kind: 'reject', answer };
  const afterMs = serviceTimeMs(behaviour, call.inFlight, normal);
  const manner = deliveryOf(behaviour);
  if (!fails) return { kind: 'serve', afterMs, manner };
  const { failureStatus: status, failureBody: body, retryAfterS } = behaviour;
  return { kind: 'fail', afterMs, manner, status, body, retryAfterS };
}

function deliveryOf(behaviour: CallSwitches): Delivery {
  if (behaviour.closeHalfway) return 'halfway';
  return behaviour.trickle ? 'trickled' : 'whole';
}
