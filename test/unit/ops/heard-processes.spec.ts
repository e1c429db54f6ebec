import { describe, expect, it } from '@jest/globals';
import { HeardProcesses } from '../../../src/modules/ops/region/heard-processes.js';
import { ManualClock } from '../../support/manual-clock.js';
import { counts, sample } from './samples.js';

const answers = (count: number) => counts({ answers: { cache: count } });

function processes() {
  const clock = new ManualClock(1000);
  const heard = new HeardProcesses(clock);
  const nextSecond = (): number[] => heard.nextSecond().map((second) => second.answers.cache ?? 0);
  return { clock, heard, nextSecond };
}

describe('the heard processes', () => {
  it('count a repeated sample once', () => {
    const { heard, nextSecond } = processes();
    heard.receive(sample({ counts: answers(3) }));
    heard.receive(sample({ counts: answers(3) }));

    expect(nextSecond()).toEqual([3]);
    expect(nextSecond()).toEqual([]);
  });

  it('put a sample that arrives early into the next second', () => {
    const { heard, nextSecond } = processes();
    heard.receive(sample({ number: 1, counts: answers(1) }));
    heard.receive(sample({ number: 2, counts: answers(2) }));

    expect(nextSecond()).toEqual([1]);
    expect(nextSecond()).toEqual([2]);
  });

  it('take all samples but two of a process whose samples pile up', () => {
    const { heard, nextSecond } = processes();
    for (let number = 1; number <= 6; number++) heard.receive(sample({ number, counts: answers(number) }));

    expect(nextSecond()).toEqual([1, 2, 3, 4]);
    expect(nextSecond()).toEqual([5]);
  });

  it('are heard for 5 s after their last sample, and named for a minute', () => {
    const { clock, heard } = processes();
    heard.receive(sample());
    clock.advance(5000);
    expect(heard.all()).toMatchObject([{ isHeard: true }]);
    clock.advance(1);
    expect(heard.all()).toMatchObject([{ isHeard: false }]);

    clock.advance(55_000);
    heard.nextSecond();
    expect(heard.all()).toEqual([]);
  });

  it('are at most 200', () => {
    const { heard } = processes();
    for (let number = 0; number < 300; number++) heard.receive(sample({ process: `p-${number}` }));

    expect(heard.all()).toHaveLength(200);
  });
});
