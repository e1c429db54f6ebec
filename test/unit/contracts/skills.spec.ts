import { describe, expect, it } from '@jest/globals';
import { normalizeSkill, toProficiency } from '../../../src/contracts/skills.js';

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
    [3.14159, 3.14],
  ])('%d is kept as %d', (value, kept) => expect(toProficiency(value)).toBe(kept));

  it.each([-0.001, 5.001, Number.NaN, Infinity])('%d is none', (value) => {
    expect(toProficiency(value)).toBeUndefined();
  });
});
