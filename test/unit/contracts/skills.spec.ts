import { describe, expect, it } from '@jest/globals';
import { normalizeSkill, requestedSkill, toMinimum, toProficiency } from '../../../src/contracts/skills.js';

describe('the name of a skill', () => {
  it.each([
    ['Spanish', 'spanish'],
    ['  SPANISH ', 'spanish'],
    ['Espan\u0303ol', 'español'],
    ['ESPAN\u0303OL', 'español'],
    ['Tier 1: billing, EU', 'tier 1_ billing_ eu'],
    ['a@b;c=d|e\nf', 'a_b_c_d_e_f'],
    ['x'.repeat(70), 'x'.repeat(64)],
    ['😀'.repeat(70), '😀'.repeat(64)],
  ])('%j becomes %j', (name, normalized) => {
    expect(normalizeSkill(name)).toBe(normalized);
    expect(normalizeSkill(normalized)).toBe(normalized);
  });

  it('is not cut in a request', () => {
    expect(requestedSkill(` ${'😀'.repeat(64)} `)).toBe('😀'.repeat(64));
    expect(requestedSkill('x'.repeat(65))).toBeUndefined();
  });

  it.each(['', '   ', '\n'])('%j is no name', (name) => {
    expect(normalizeSkill(name)).toBeUndefined();
  });
});

describe('a proficiency', () => {
  it.each([
    [0, 0],
    [5, 5],
    [2.5, 2.5],
    [0.1 + 0.2, 0.3],
    [1.15, 1.15],
    [2.999, 2.99],
    [3.14159, 3.14],
  ])('%d is kept as %d, never as more', (value, kept) => expect(toProficiency(value)).toBe(kept));

  it.each([
    [0, 0],
    [0.1 + 0.2, 0.3],
    [1.15, 1.15],
    [3.001, 3.01],
    [5, 5],
  ])('%d as a minimum demands %d, never less', (value, demanded) => expect(toMinimum(value)).toBe(demanded));

  it.each([-0.001, 5.001, Number.NaN, Infinity])('%d is none', (value) => {
    expect(toProficiency(value)).toBeUndefined();
    expect(toMinimum(value)).toBeUndefined();
  });
});
