import { describe, expect, it } from '@jest/globals';
import { Absences } from '../../../src/modules/agent-state/reconciliation/absences.js';

describe('an agent that a reading lacks', () => {
  it('has left after one confirmed reading', () => {
    expect(new Absences().ended('q', ['a', 'b'], 'confirmed')).toEqual(['a', 'b']);
  });

  it('has left after two unconfirmed readings in a row', () => {
    const absences = new Absences();
    expect(absences.ended('q', ['a', 'b'], 'unconfirmed')).toEqual([]);
    expect(absences.ended('q', ['b', 'c'], 'unconfirmed')).toEqual(['b']);
    expect(absences.ended('q', ['a', 'c'], 'unconfirmed')).toEqual(['c']);
    expect(absences.ended('q', ['a'], 'unconfirmed')).toEqual(['a']);
  });

  it('stays for every partial reading, which does not count as one of two', () => {
    const absences = new Absences();
    for (let times = 0; times < 3; times += 1) expect(absences.ended('q', ['a'], 'partial')).toEqual([]);
    expect(absences.ended('q', ['a'], 'unconfirmed')).toEqual([]);
    expect(absences.ended('q', ['a'], 'partial')).toEqual([]);
    expect(absences.ended('q', ['a'], 'unconfirmed')).toEqual(['a']);
  });

  it('is remembered per list, and until a confirmed reading', () => {
    const absences = new Absences();
    absences.ended('q', ['a'], 'unconfirmed');
    expect(absences.ended('other', ['a'], 'unconfirmed')).toEqual([]);
    absences.ended('q', [], 'confirmed');
    expect(absences.ended('q', ['a'], 'unconfirmed')).toEqual([]);
  });
});
