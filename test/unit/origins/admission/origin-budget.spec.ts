/** This file exceeds 220 lines because its tests share one budget, clock and origin. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OriginCall } from '../../../../src/origins/origin-driver.js';
import type { Demand } from '../../../../src/origins/origin.js';
import { Deadline } from '../../../../src/kernel/deadline.js';
import { OriginFailure, NotAdmitted } from '../../../../src/kernel/errors.js';
import { PrioritySemaphore } from '../../../../src/kernel/priority-semaphore.js';
import { ScheduledLimits } from '../../../../src/origins/admission/internal/scheduled-limits.js';
import { LocalRateLimiter } from '../../../../src/origins/admission/internal/local-rate-limiter.js';
import { ShedLog } from '../../../../src/origins/admission/internal/shed-log.js';
import { OriginBudget } from '../../../../src/origins/admission/origin-budget.js';
import { Gate } from '../../../support/gate.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** A call whose answer and end the test controls. */
class HeldCall implements OriginCall<string> {
  answer!: Promise<string>;
  readonly reply: { answer: (text: string) => void; fail: (why: OriginFailure) => void };
  isAbandoned = false;
  private readonly over = new Gate();

  constructor() {
    this.reply = { answer: () => undefined, fail: () => undefined };
    this.answer = new Promise((resolve, reject) => {
      this.reply.answer = resolve;
      this.reply.fail = reject;
    });
  }

  get ended(): Promise<void> {
    return this.over.wait();
  }

  readonly abandon = (): void => {
    this.isAbandoned = true;
    this.over.open();
  };

  end(): void {
    this.over.open();
  }
}

let clock: ManualClock;
let random: number;
let shed: string[];
let calls: HeldCall[];

beforeEach(() => {
  clock = new ManualClock();
  random = 0.5;
  shed = [];
  calls = [];
});

function budgetOf(limits: { maxConcurrent?: number; maxPerSecond?: number; queueMs?: number }): OriginBudget {
  const { maxConcurrent = 2, maxPerSecond, queueMs = 0 } = limits;
  const metrics = { callShed: (...what: string[]) => void shed.push(what.join(' ')) };
  const declared = {
    maxConcurrent,
    maxPerSecond,
    maxPerMinute: undefined,
    adaptive: false,
    backgroundShare: 0.5,
    queueMs,
    schedule: [],
  };
  return new OriginBudget({
    system: 'crm',
    account: 'crm',
    queueMs,
    backgroundShare: 0.5,
    limits: new ScheduledLimits(declared),
    adaptive: undefined,
    rateLimiter: new LocalRateLimiter(clock),
    shedLog: new ShedLog(clock, { warn: () => undefined } as never, metrics),
    clock,
    random: () => random,
  });
}

function bulkheadOf(maxCalls: number): PrioritySemaphore {
  return new PrioritySemaphore({ limit: () => maxCalls, maxWaiting: 0 });
}

let subjects = 0;

/** Every call is about another subject. */
function ask(
  budget: OriginBudget,
  priority: 'ivr' | 'desktop' | 'background' = 'desktop',
  leftMs = 2500,
  bulkhead?: PrioritySemaphore,
) {
  subjects += 1;
  return askAbout(budget, { subject: `subject ${subjects}`, priority, bulkhead }, leftMs);
}

function askAbout(budget: OriginBudget, demand: Partial<Demand> & { readonly subject: string }, leftMs = 2500) {
  const deadline = new Deadline(clock, clock.nowMs() + leftMs);
  const asked = budget.run({ priority: 'desktop', deadline, ...demand }, () => {
    const call = new HeldCall();
    calls.push(call);
    return call;
  });
  asked.catch(() => undefined);
  return asked;
}

/** Waits until everything has happened that needs no time to pass. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function reasonOf(asked: Promise<string>): Promise<string> {
  const error: unknown = await asked.then(
    () => 'answered',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof NotAdmitted)) throw new Error(`not refused: ${String(error)}`);
  return error.code;
}

/** The origin refuses the call that was made last. */
async function refuse(asked: Promise<string>, status: 429 | 503 = 429, retryAfterMs = 3000): Promise<void> {
  await settled();
  const hints = { alive: status < 500, refused: true, retryAfterMs };
  const code = status === 429 ? 'origin_rate_limited' : 'origin_error';
  calls.at(-1)?.reply.fail(new OriginFailure(code, `the origin answered ${status}`, hints));
  calls.at(-1)?.end();
  await expect(asked).rejects.toThrow(String(status));
}

/** The origin answers the call that was made last. */
async function answer(asked: Promise<string>): Promise<void> {
  await settled();
  calls.at(-1)?.reply.answer('answer');
  calls.at(-1)?.end();
  expect(await asked).toBe('answer');
}

describe('OriginBudget', () => {
  it('refuses a call above the concurrency limit at once, and counts the reason', async () => {
    const budget = budgetOf({ maxConcurrent: 2 });
    void ask(budget);
    void ask(budget);
    expect(await reasonOf(ask(budget))).toBe('shed');
    expect(shed).toEqual(['crm concurrency desktop']);
    expect(calls).toHaveLength(2);
  });

  it('holds the permit of a timed-out call until the origin has finished with it', async () => {
    const budget = budgetOf({ maxConcurrent: 1 });
    const asked = ask(budget);
    await settled();
    calls[0]?.reply.fail(new OriginFailure('origin_timeout', 'too late'));
    await expect(asked).rejects.toThrow('too late');
    expect(await reasonOf(ask(budget))).toBe('shed');
    calls[0]?.end();
    await settled();
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('abandons the oldest timed-out calls above half of the limit', async () => {
    const budget = budgetOf({ maxConcurrent: 4 });
    for (let call = 0; call < 4; call++) void ask(budget);
    await settled();
    for (const call of calls) call.reply.fail(new OriginFailure('origin_timeout', 'too late'));
    await settled();
    expect(calls.map(({ isAbandoned }) => isAbandoned)).toEqual([true, true, false, false]);
  });

  it('refuses calls of a lookup above its bulkhead until the origin has finished with one of them', async () => {
    const budget = budgetOf({ maxConcurrent: 10 });
    const [narrow, wide] = [bulkheadOf(2), bulkheadOf(10)];
    const first = ask(budget, 'desktop', 2500, narrow);
    void ask(budget, 'desktop', 2500, narrow);
    expect(await reasonOf(ask(budget, 'ivr', 2500, narrow))).toBe('shed');
    void ask(budget, 'desktop', 2500, wide);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(4);
    calls[0]?.reply.answer('first');
    await first;
    expect(await reasonOf(ask(budget, 'desktop', 2500, narrow))).toBe('shed');
    calls[0]?.end();
    await settled();
    void ask(budget, 'desktop', 2500, narrow);
    await settled();
    expect(calls).toHaveLength(5);
  });

  it('releases the bulkhead when the system has no permit, and when a call cannot begin', async () => {
    const budget = budgetOf({ maxConcurrent: 1 });
    const bulkhead = bulkheadOf(1);
    void ask(budget);
    expect(await reasonOf(ask(budget, 'desktop', 2500, bulkhead))).toBe('shed');
    calls[0]?.reply.answer('first');
    calls[0]?.end();
    await settled();
    const demand = { priority: 'desktop', deadline: new Deadline(clock, clock.nowMs() + 2500), bulkhead } as const;
    const broken = budget.run(demand, () => {
      throw new TypeError('a call that cannot begin');
    });
    await expect(broken).rejects.toThrow('cannot begin');
    void ask(budget, 'desktop', 2500, bulkhead);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('lets ivr calls wait for a permit, and refuses desktop calls', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 5000 });
    void ask(budget);
    await settled();
    const waiting = ask(budget, 'ivr', 60_000);
    expect(await reasonOf(ask(budget, 'desktop'))).toBe('shed');
    calls[0]?.reply.answer('first');
    calls[0]?.end();
    await settled();
    calls[1]?.reply.answer('second');
    expect(await waiting).toBe('second');
  });

  it('refuses a waiting ivr call after queueMs', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 20 });
    void ask(budget);
    await settled();
    expect(await reasonOf(ask(budget, 'ivr'))).toBe('shed');
    expect(shed).toEqual(['crm queue ivr']);
  });

  it('refuses an ivr call at once when its deadline has passed', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 5000 });
    void ask(budget);
    await settled();
    expect(await reasonOf(ask(budget, 'ivr', 0))).toBe('shed');
  });

  it('refuses a call above the rate until the next interval', async () => {
    const budget = budgetOf({ maxConcurrent: 100, maxPerSecond: 5 });
    void ask(budget);
    expect(await reasonOf(ask(budget))).toBe('shed');
    expect(shed).toEqual(['crm rate desktop']);
    clock.advance(200);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('releases the permit of a call that the rate refuses', async () => {
    const budget = budgetOf({ maxConcurrent: 2, maxPerSecond: 1 });
    void ask(budget);
    for (let call = 0; call < 10; call++) await reasonOf(ask(budget));
    clock.advance(1000);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('pauses calls for as long as the origin asks, once three subjects were refused', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 3; call++) await refuse(ask(budget));
    clock.advance(2999);
    expect(await reasonOf(ask(budget))).toBe('origin_rate_limited');
    clock.advance(1);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(4);
  });

  it('pauses only the calls about one subject that the origin refuses, for a minute at most', async () => {
    const budget = budgetOf({ maxConcurrent: 10 });
    const odd = { subject: 'odd' };
    for (let minute = 0; minute < 5; minute++) {
      await refuse(askAbout(budget, odd), 503, 3_600_000);
      clock.advance(59_999);
      expect(await reasonOf(askAbout(budget, odd))).toBe('origin_rate_limited');
      void ask(budget);
      clock.advance(1);
    }
    await settled();
    expect(calls).toHaveLength(10);
    expect(shed).toEqual(Array.from({ length: 5 }, () => 'crm backing_off desktop'));
  });

  it('does not pause an origin that answers between two 503', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 10; call++) {
      await refuse(ask(budget), 503);
      await answer(ask(budget));
    }
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(21);
  });

  it('pauses for an origin that answers 429 to some calls', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 2; call++) {
      await refuse(ask(budget));
      await answer(ask(budget));
    }
    await refuse(ask(budget));
    expect(await reasonOf(ask(budget))).toBe('origin_rate_limited');
  });

  it('forgets a refusal after 10 s, and after 20 answers', async () => {
    const budget = budgetOf({});
    await refuse(ask(budget));
    await refuse(ask(budget));
    clock.advance(10_001);
    await refuse(ask(budget));
    await refuse(ask(budget));
    for (let call = 0; call < 21; call++) await answer(ask(budget));
    await refuse(ask(budget));
    await answer(ask(budget));
  });

  it('pauses for the shortest time that the refusals ask for', async () => {
    const budget = budgetOf({});
    await refuse(ask(budget), 429, 60_000);
    await refuse(ask(budget), 429, 2000);
    await refuse(ask(budget), 429, 60_000);
    clock.advance(2000);
    await answer(ask(budget));
  });

  it('keeps calling for others while calls about one subject time out', async () => {
    const budget = budgetOf({ maxConcurrent: 10 });
    for (let call = 0; call < 30; call++) {
      const asked = askAbout(budget, { subject: 'slow' });
      await settled();
      calls.at(-1)?.reply.fail(new OriginFailure('origin_timeout', 'too late'));
      await expect(asked).rejects.toThrow('too late');
      clock.advance(3000);
    }
    // Two late calls of the subject hold a permit.
    expect(calls.filter(({ isAbandoned }) => !isAbandoned)).toHaveLength(2);
    for (let call = 0; call < 8; call++) void ask(budget);
    await settled();
    expect(calls).toHaveLength(38);
  });

  it('keeps calling for a lookup while every call of another lookup fails', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 12; call++) {
      const asked = askAbout(budget, { subject: `s${call}`, lookup: 'orders' });
      await settled();
      calls.at(-1)?.reply.fail(new OriginFailure('origin_error', 'the origin answered 500'));
      calls.at(-1)?.end();
      await asked.catch(() => undefined);
      clock.advance(100);
    }
    expect(await reasonOf(askAbout(budget, { subject: 'other', lookup: 'orders' }))).toBe('circuit_open');
    await answer(askAbout(budget, { subject: 'other', lookup: 'customer' }));
  });

  it('stops calling an origin that fails outright', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 10; call++) {
      const asked = ask(budget);
      await settled();
      calls.at(-1)?.reply.fail(new OriginFailure('origin_error', 'the origin answered 500'));
      calls.at(-1)?.end();
      await expect(asked).rejects.toThrow('500');
      clock.advance(100);
    }
    expect(await reasonOf(ask(budget))).toBe('circuit_open');
    expect(shed).toEqual(['crm circuit desktop']);
  });

  it('keeps calling an origin that answers 400', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 30; call++) {
      const asked = ask(budget);
      await settled();
      calls.at(-1)?.reply.fail(new OriginFailure('origin_error', 'the origin answered 400', { alive: true }));
      calls.at(-1)?.end();
      await expect(asked).rejects.toThrow('400');
      clock.advance(100);
    }
    expect(calls).toHaveLength(30);
  });

  it('repeats a call that never arrived, and passes the gates for each attempt', async () => {
    const budget = budgetOf({ maxConcurrent: 1 });
    const asked = budget.run({ priority: 'desktop', deadline: new Deadline(clock, 2500) }, () => {
      const call = new HeldCall();
      calls.push(call);
      if (calls.length === 3) call.reply.answer('at last');
      else call.reply.fail(new OriginFailure('origin_error', 'refused', { neverArrived: true }));
      call.end();
      return call;
    });
    expect(await asked).toBe('at last');
    expect(calls).toHaveLength(3);
  });

  it.each([
    { leftMs: 124, drawn: 0.5, made: 1, why: 'a backoff of 25 ms leaves less than 100 ms' },
    { leftMs: 125, drawn: 0.5, made: 2, why: 'a backoff of 25 ms leaves 100 ms' },
    { leftMs: 99, drawn: 0, made: 1, why: 'there is less than 100 ms even without one' },
    { leftMs: 100, drawn: 0, made: 2, why: 'there is just enough without one' },
  ])('repeats a call that never arrived only if time for an answer is left: $why', async ({ leftMs, drawn, made }) => {
    random = drawn;
    let begun = 0;
    const asked = budgetOf({}).run({ priority: 'desktop', deadline: new Deadline(clock, leftMs) }, () => {
      begun++;
      const call = new HeldCall();
      if (begun === 2) call.reply.answer('at last');
      else call.reply.fail(new OriginFailure('origin_error', 'refused', { neverArrived: true }));
      call.end();
      return call;
    });
    expect(await asked.catch((error: unknown) => String(error))).toMatch(made === 2 ? 'at last' : 'refused');
    expect(begun).toBe(made);
  });

  it('refuses a call that waited for the rate while the origin asked for a pause', async () => {
    const budget = budgetOf({ maxConcurrent: 10, maxPerSecond: 5, queueMs: 5000 });
    for (let call = 0; call < 2; call++) {
      await refuse(ask(budget));
      clock.advance(200);
    }
    const third = ask(budget, 'ivr', 60_000);
    await settled();
    const waiting = ask(budget, 'ivr', 60_000);
    await refuse(third);
    expect(await reasonOf(waiting)).toBe('origin_rate_limited');
  });

  it('refuses calls that waited while the circuit opened', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 5000 });
    const fail = (): void => {
      calls.at(-1)?.reply.fail(new OriginFailure('origin_error', 'the origin answered 500'));
      calls.at(-1)?.end();
    };
    const asked = Array.from({ length: 12 }, () => ask(budget, 'ivr', 60_000));
    for (let call = 1; call <= 10; call++) {
      await settled();
      expect(calls).toHaveLength(call);
      clock.advance(100);
      fail();
    }
    for (const waiting of asked.slice(10)) expect(await reasonOf(waiting)).toBe('circuit_open');
    expect(calls).toHaveLength(10);
  });
});
