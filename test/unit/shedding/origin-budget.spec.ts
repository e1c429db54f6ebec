import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OriginCall } from '../../../src/origins/origin-call.js';
import { Deadline } from '../../../src/kernel/deadline.js';
import { OriginFailure, NotAdmitted } from '../../../src/kernel/errors.js';
import { Bulkhead } from '../../../src/origins/admission/bulkhead.js';
import { ScheduledLimits } from '../../../src/origins/admission/internal/scheduled-limits.js';
import { LocalRateLimiter } from '../../../src/origins/admission/internal/local-rate-limiter.js';
import { ShedLog } from '../../../src/origins/admission/internal/shed-log.js';
import { OriginBudget } from '../../../src/origins/admission/origin-budget.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';

/** A call whose answer and whose end the test decides. */
class HeldCall implements OriginCall<string> {
  answer!: Promise<string>;
  readonly said: { answers: (text: string) => void; fails: (why: OriginFailure) => void };
  isCut = false;
  private readonly over = new Gate();

  constructor() {
    this.said = { answers: () => undefined, fails: () => undefined };
    this.answer = new Promise((resolve, reject) => {
      this.said.answers = resolve;
      this.said.fails = reject;
    });
  }

  get ended(): Promise<void> {
    return this.over.wait();
  }

  readonly cut = (): void => {
    this.isCut = true;
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
  const metrics = { shed: (...what: string[]) => void shed.push(what.join(' ')) };
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
    ceilings: new ScheduledLimits(declared),
    adaptive: undefined,
    ledger: new LocalRateLimiter(clock),
    shedLog: new ShedLog(clock, { warn: () => undefined } as never, metrics),
    clock,
    random: () => random,
  });
}

function ask(
  budget: OriginBudget,
  priority: 'ivr' | 'desktop' | 'background' = 'desktop',
  leftMs = 2500,
  bulkhead?: Bulkhead,
) {
  const asked = budget.spend({ priority, deadline: new Deadline(clock, clock.nowMs() + leftMs), bulkhead }, () => {
    const call = new HeldCall();
    calls.push(call);
    return call;
  });
  asked.catch(() => undefined);
  return asked;
}

/** Everything that can happen without time passing has happened. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function reasonOf(asked: Promise<string>): Promise<string> {
  const error: unknown = await asked.then(
    () => 'answered',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof NotAdmitted)) throw new Error(`not turned away: ${String(error)}`);
  return error.code;
}

describe('the budget of an origin', () => {
  it('turns away at once what is beyond the concurrency, and says why', async () => {
    const budget = budgetOf({ maxConcurrent: 2 });
    void ask(budget);
    void ask(budget);
    expect(await reasonOf(ask(budget))).toBe('shed');
    expect(shed).toEqual(['crm concurrency desktop']);
    expect(calls).toHaveLength(2);
  });

  it('holds a permit until the origin is done, also when its caller has gone', async () => {
    const budget = budgetOf({ maxConcurrent: 1 });
    const asked = ask(budget);
    await settled();
    calls[0]?.said.fails(new OriginFailure('origin_timeout', 'too late'));
    await expect(asked).rejects.toThrow('too late');
    expect(await reasonOf(ask(budget))).toBe('shed');
    calls[0]?.end();
    await settled();
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('gives up the oldest of the calls nobody waits for, beyond half of the limit', async () => {
    const budget = budgetOf({ maxConcurrent: 4 });
    for (let call = 0; call < 4; call++) void ask(budget);
    await settled();
    for (const call of calls) call.said.fails(new OriginFailure('origin_timeout', 'too late'));
    await settled();
    expect(calls.map(({ isCut }) => isCut)).toEqual([true, true, false, false]);
  });

  it('lets no lookup take more than its bulkhead, until the origin is done with one of its calls', async () => {
    const budget = budgetOf({ maxConcurrent: 10 });
    const [narrow, wide] = [new Bulkhead(2), new Bulkhead(10)];
    const first = ask(budget, 'desktop', 2500, narrow);
    void ask(budget, 'desktop', 2500, narrow);
    expect(await reasonOf(ask(budget, 'ivr', 2500, narrow))).toBe('shed');
    void ask(budget, 'desktop', 2500, wide);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(4);
    calls[0]?.said.answers('first');
    await first;
    expect(await reasonOf(ask(budget, 'desktop', 2500, narrow))).toBe('shed');
    calls[0]?.end();
    await settled();
    void ask(budget, 'desktop', 2500, narrow);
    await settled();
    expect(calls).toHaveLength(5);
  });

  it('gives a place of the bulkhead back where the system has no room, and where a call cannot begin', async () => {
    const budget = budgetOf({ maxConcurrent: 1 });
    const bulkhead = new Bulkhead(1);
    void ask(budget);
    expect(await reasonOf(ask(budget, 'desktop', 2500, bulkhead))).toBe('shed');
    calls[0]?.said.answers('first');
    calls[0]?.end();
    await settled();
    const spender = { priority: 'desktop', deadline: new Deadline(clock, clock.nowMs() + 2500), bulkhead } as const;
    const broken = budget.spend(spender, () => {
      throw new TypeError('a call that cannot begin');
    });
    await expect(broken).rejects.toThrow('cannot begin');
    void ask(budget, 'desktop', 2500, bulkhead);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('lets ivr callers wait for a call that ends, and nobody else', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 5000 });
    void ask(budget);
    await settled();
    const waiting = ask(budget, 'ivr', 60_000);
    expect(await reasonOf(ask(budget, 'desktop'))).toBe('shed');
    calls[0]?.said.answers('first');
    calls[0]?.end();
    await settled();
    calls[1]?.said.answers('second');
    expect(await waiting).toBe('second');
  });

  it('turns a waiting caller away when their time is up', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 20 });
    void ask(budget);
    await settled();
    expect(await reasonOf(ask(budget, 'ivr'))).toBe('shed');
    expect(shed).toEqual(['crm queue ivr']);
  });

  it('lets nobody wait past their deadline', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 5000 });
    void ask(budget);
    await settled();
    expect(await reasonOf(ask(budget, 'ivr', 0))).toBe('shed');
  });

  it('turns away what is beyond the rate', async () => {
    const budget = budgetOf({ maxConcurrent: 100, maxPerSecond: 5 });
    void ask(budget);
    expect(await reasonOf(ask(budget))).toBe('shed');
    expect(shed).toEqual(['crm rate desktop']);
    clock.advance(200);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('gives a permit back that the rate made useless', async () => {
    const budget = budgetOf({ maxConcurrent: 2, maxPerSecond: 1 });
    void ask(budget);
    for (let call = 0; call < 10; call++) await reasonOf(ask(budget));
    clock.advance(1000);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('leaves the origin alone for as long as it asks', async () => {
    const budget = budgetOf({});
    const asked = ask(budget);
    await settled();
    const hints = { alive: true, refused: true, retryAfterMs: 3000 };
    calls[0]?.said.fails(new OriginFailure('origin_rate_limited', 'the origin answered 429', hints));
    calls[0]?.end();
    await expect(asked).rejects.toThrow('429');
    clock.advance(2999);
    expect(await reasonOf(ask(budget))).toBe('origin_rate_limited');
    clock.advance(1);
    void ask(budget);
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('stops asking an origin that fails outright', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 10; call++) {
      const asked = ask(budget);
      await settled();
      calls.at(-1)?.said.fails(new OriginFailure('origin_error', 'the origin answered 500'));
      calls.at(-1)?.end();
      await expect(asked).rejects.toThrow('500');
      clock.advance(100);
    }
    expect(await reasonOf(ask(budget))).toBe('circuit_open');
    expect(shed).toEqual(['crm circuit desktop']);
  });

  it('goes on asking an origin that finds fault with the question', async () => {
    const budget = budgetOf({});
    for (let call = 0; call < 30; call++) {
      const asked = ask(budget);
      await settled();
      calls.at(-1)?.said.fails(new OriginFailure('origin_error', 'the origin answered 400', { alive: true }));
      calls.at(-1)?.end();
      await expect(asked).rejects.toThrow('400');
      clock.advance(100);
    }
    expect(calls).toHaveLength(30);
  });

  it('makes a call that never arrived again, and asks for everything anew', async () => {
    const budget = budgetOf({ maxConcurrent: 1 });
    const asked = budget.spend({ priority: 'desktop', deadline: new Deadline(clock, 2500) }, () => {
      const call = new HeldCall();
      calls.push(call);
      if (calls.length === 3) call.said.answers('at last');
      else call.said.fails(new OriginFailure('origin_error', 'refused', { neverArrived: true }));
      call.end();
      return call;
    });
    expect(await asked).toBe('at last');
    expect(calls).toHaveLength(3);
  });

  it.each([
    { leftMs: 124, drawn: 0.5, made: 1, why: 'a back-off of 25 ms leaves less than 100 ms' },
    { leftMs: 125, drawn: 0.5, made: 2, why: 'a back-off of 25 ms leaves 100 ms' },
    { leftMs: 99, drawn: 0, made: 1, why: 'there is less than 100 ms even without one' },
    { leftMs: 100, drawn: 0, made: 2, why: 'there is just enough without one' },
  ])('makes it again only when that leaves time for an answer: $why', async ({ leftMs, drawn, made }) => {
    random = drawn;
    let begun = 0;
    const asked = budgetOf({}).spend({ priority: 'desktop', deadline: new Deadline(clock, leftMs) }, () => {
      begun++;
      const call = new HeldCall();
      if (begun === 2) call.said.answers('at last');
      else call.said.fails(new OriginFailure('origin_error', 'refused', { neverArrived: true }));
      call.end();
      return call;
    });
    expect(await asked.catch((error: unknown) => String(error))).toMatch(made === 2 ? 'at last' : 'refused');
    expect(begun).toBe(made);
  });

  it('makes no call for those who waited for their turn while the origin asked to be left alone', async () => {
    const budget = budgetOf({ maxConcurrent: 10, maxPerSecond: 5, queueMs: 5000 });
    for (let call = 0; call < 3; call++) void ask(budget, 'ivr', 60_000);
    const waiting = ask(budget, 'ivr', 60_000);
    await settled();
    const hints = { alive: true, refused: true, retryAfterMs: 3000 };
    calls[0]?.said.fails(new OriginFailure('origin_rate_limited', 'the origin answered 429', hints));
    calls[0]?.end();
    expect(await reasonOf(waiting)).toBe('origin_rate_limited');
  });

  it('makes no call for those who waited while the circuit opened', async () => {
    const budget = budgetOf({ maxConcurrent: 1, queueMs: 5000 });
    const fail = (): void => {
      calls.at(-1)?.said.fails(new OriginFailure('origin_error', 'the origin answered 500'));
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
