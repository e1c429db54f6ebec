import { describe, expect, it } from '@jest/globals';
import { ShedLog } from '../../../../src/origins/admission/internal/shed-log.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('ShedLog', () => {
  it('logs at most one line per second, with every count', () => {
    const clock = new ManualClock();
    const lines: unknown[] = [];
    const counted: string[] = [];
    const log = new ShedLog(clock, { warn: (line: unknown) => void lines.push(line) } as never, {
      callShed: (...what: string[]) => void counted.push(what.join(' ')),
    });
    for (let ms = 0; ms < 3000; ms++) {
      log.record('crm', 'rate', 'ivr');
      clock.advance(1);
    }
    log.close();

    expect(counted).toHaveLength(3000);
    expect(lines).toEqual([
      { shed: { 'crm rate ivr': 1 } },
      { shed: { 'crm rate ivr': 1000 } },
      { shed: { 'crm rate ivr': 1000 } },
      { shed: { 'crm rate ivr': 999 } },
    ]);
  });
});
