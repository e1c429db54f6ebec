import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerText } from '../../../src/modules/profile/internal/answer-shape.js';
import { memberText, openingOf } from '../../../src/modules/profile/internal/answer-members.js';

const NAME = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/).filter((name) => name !== 'contactFound');
const VALUE = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.double({ noNaN: true }), fc.boolean());
const finite = (value: unknown): boolean => typeof value !== 'number' || Number.isFinite(value);

describe('the text of a member', () => {
  it('is the value that a parser finds, of every member', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.dictionary(NAME, VALUE.filter(finite), { maxKeys: 8 }), (found, values) => {
        const text = answerText(found, new Map(Object.entries(values)));
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const read = Object.keys(values).map((name) => JSON.parse(memberText(text, openingOf(name)) ?? '') as unknown);
        expect(read).toEqual(Object.keys(values).map((name) => parsed[name]));
      }),
    );
  });

  it.each(['\\', '"', '\\"', 'a\\\\"b', '","last":"', ',"last":8', '}', ''])('ends where the text %j ends', (value) => {
    const values = new Map<string, string | number>([
      ['first', value],
      ['last', 7],
    ]);
    const answer = answerText(true, values);
    expect(memberText(answer, openingOf('first'))).toBe(JSON.stringify(value));
    expect(memberText(answer, openingOf('last'))).toBe('7');
    expect(memberText(answer, openingOf('absent'))).toBeUndefined();
  });

  it('keeps all digits of a number', () => {
    const answer = answerText(true, new Map([['n', 9007199254740993n]]));
    expect(memberText(answer, openingOf('n'))).toBe('9007199254740993');
  });
});
