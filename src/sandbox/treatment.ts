import type { TreatmentSwitches } from './behaviour.js';
import type { Answer } from './exchange.js';
import type { Random } from './seeded-random.js';
import { serviceTimeMs, standardNormal } from './service-time.js';

/** How an answer is put on the wire. */
export type Manner = 'whole' | 'trickled' | 'halfway';

/** What becomes of one call. */
export type Treatment =
  | { readonly kind: 'refuse' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'turn-away'; readonly answer: Answer }
  | {
      readonly kind: 'fail';
      readonly afterMs: number;
      readonly manner: Manner;
      readonly status: number;
      readonly retryAfterS: number | null;
    }
  | { readonly kind: 'serve'; readonly afterMs: number; readonly manner: Manner };

/**
 * Decides once, when the call arrives. Every call draws three random numbers whether it needs them or not, so turning one switch
 * does not shift the fate of the calls after it.
 */
export function treatmentOf(
  behaviour: TreatmentSwitches,
  call: {
    readonly inFlight: number;
    /** What a caller is told who is not let in. Asked once at most, and not for a call that is lost anyway. */
    readonly turnedAway: () => Answer | undefined;
  },
  random: Random,
): Treatment {
  const normal = standardNormal(random(), random());
  const fails = random() < behaviour.failureRate;
  if (behaviour.refuse) return { kind: 'refuse' };
  if (behaviour.hang) return { kind: 'hang' };
  const answer = call.turnedAway();
  if (answer !== undefined) return { kind: 'turn-away', answer };
  const afterMs = serviceTimeMs(behaviour, call.inFlight, normal);
  const manner = mannerOf(behaviour);
  if (!fails) return { kind: 'serve', afterMs, manner };
  return { kind: 'fail', afterMs, manner, status: behaviour.failureStatus, retryAfterS: behaviour.retryAfterS };
}

function mannerOf(behaviour: TreatmentSwitches): Manner {
  if (behaviour.closeHalfway) return 'halfway';
  return behaviour.trickle ? 'trickled' : 'whole';
}
