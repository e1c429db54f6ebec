import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerText } from '../../../src/modules/profile/internal/answer-shape.js';
import { memberTexts } from '../../../src/modules/profile/internal/answer-members.js';

const NAME = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/).filter((name) => name !== 'contactFound');
const VALUE = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.double({ noNaN: true }), fc.boolean());
const finite = (value: unknown): boolean => typeof value !== 'number' || Number.isFinite(value);

describe('the members of an answer', () => {
  it('are those that a parser finds', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.dictionary(NAME, VALUE.filter(finite), { maxKeys: 8 }), (found, values) => {
        const text = answerText(found, new Map(Object.entries(values)));
        const parsed = [...memberTexts(text)].map(([name, member]) => [name, JSON.parse(member) as unknown]);
        expect(Object.fromEntries(parsed)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['\\', '"', '\\"', 'a\\\\"b', '","x":"', '}', ''])('end where the text %j ends', (text) => {
    const answer = answerText(
      true,
      new Map<string, string | number>([
        ['first', text],
        ['last', 7],
      ]),
    );
    expect([...memberTexts(answer)]).toEqual([
      ['contactFound', 'true'],
      ['first', JSON.stringify(text)],
      ['last', '7'],
    ]);
  });

  it('keep all digits of a number', () => {
    expect(memberTexts(answerText(true, new Map([['n', 9007199254740993n]]))).get('n')).toBe('9007199254740993');
  });
});
