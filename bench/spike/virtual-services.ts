import type { OriginCall } from '../../src/origins/origin-driver.js';
import { importBuilt } from '../support/built.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A compared service. A request returns whether the answer has data. */
export interface Service {
  ask(ivr: boolean, begin: () => OriginCall<true>): Promise<boolean>;
}

export const DEADLINE_MS = 2500;
const QUEUE_MS = 250;
const CEILING = 400;

type Shedding = typeof import('../../src/origins/admission/origin-budget.js') &
  typeof import('../../src/origins/admission/internal/adaptive-limit.js') &
  typeof import('../../src/origins/admission/internal/scheduled-limits.js') &
  typeof import('../../src/origins/admission/internal/local-rate-limiter.js') &
  typeof import('../../src/origins/admission/internal/shed-log.js') &
  typeof import('../../src/kernel/deadline.js');

const parts = ['origin-budget', 'internal/adaptive-limit', 'internal/scheduled-limits', 'internal/local-rate-limiter'];
const files = [...parts, 'internal/shed-log'].map((name) => `origins/admission/${name}.js`);
const built = Object.assign(
  {},
  ...(await Promise.all([...files, 'kernel/deadline.js'].map((path) => importBuilt<object>(path)))),
) as Shedding;

/** The budget of the real build, composed as in the service. */
function budgetedService(time: VirtualTime): Service {
  const limits = {
    maxConcurrent: CEILING,
    maxPerSecond: undefined,
    maxPerMinute: undefined,
    adaptive: true,
    backgroundShare: 0.5,
  };
  const scheduled = new built.ScheduledLimits({ ...limits, queueMs: QUEUE_MS, schedule: [] });
  const silent = { warn: () => undefined, callShed: () => undefined };
  const budget = new built.OriginBudget({
    system: 'crm',
    account: 'crm',
    queueMs: QUEUE_MS,
    backgroundShare: limits.backgroundShare,
    limits: scheduled,
    adaptive: new built.AdaptiveLimit(time, { maxLimit: () => CEILING, deadlineMs: DEADLINE_MS }),
    rateLimiter: new built.LocalRateLimiter(time),
    shedLog: new built.ShedLog(time, silent, silent),
    clock: time,
    random: () => 0.5,
  });
  return {
    ask: async (ivr, begin) => {
      const deadline = new built.Deadline(time, time.nowMs() + DEADLINE_MS);
      return budget.run({ priority: ivr ? 'ivr' : 'desktop', deadline }, begin).catch(() => false);
    },
  };
}

/**
 * Processes that share nothing but the origin. Each request goes to one of them at random.
 *
 * @param random returns a number in [0, 1)
 */
export function budgetedProcesses(time: VirtualTime, count: number, random: () => number): Service {
  const processes = Array.from({ length: count }, () => budgetedService(time));
  return {
    ask: (ivr, begin) => processes[Math.floor(random() * count)]?.ask(ivr, begin) ?? Promise.resolve(false),
  };
}

/**
 * A service that knows the knee, which is the result of a perfect search. It sheds and queues the
 * same requests as the real service.
 */
export function oracleService(time: VirtualTime, knee: () => number): Service {
  const waiting = new Set<() => void>();
  let inFlight = 0;
  const call = (begin: () => OriginCall<true>): Promise<boolean> => {
    inFlight++;
    const { answer, ended } = begin();
    void ended.then(() => {
      inFlight--;
      for (const go of waiting) {
        if (inFlight >= knee()) return;
        waiting.delete(go);
        go();
      }
    });
    return answer.catch(() => false);
  };
  return {
    ask: (ivr, begin) => {
      if (inFlight < knee() && waiting.size === 0) return call(begin);
      if (!ivr) return Promise.resolve(false);
      return new Promise((resolve) => {
        const go = (): void => resolve(call(begin));
        waiting.add(go);
        time.after(QUEUE_MS, () => {
          if (waiting.delete(go)) resolve(false);
        });
      });
    },
  };
}
