import { describe, expect, it } from '@jest/globals';
import { DigitsLost } from '../../../src/expressions/exact-numbers.js';
import { ExactRecord } from '../../../src/expressions/exact-record.js';
import { Expression } from '../../../src/expressions/expression.js';
import { FUNCTIONS } from '../../../src/expressions/unknown-name.js';
import { parseReadings } from '../../../src/kernel/json-text.js';
import { fieldValue } from '../../../src/modules/profile/internal/reading/field-value.js';
import { fieldIn } from '../../../src/modules/profile/internal/reading/record-values.js';

const ID = '9007199254740993';
/** The doubles next to the id, and what computing with them yields: the id of another customer. */
const OTHERS = /900719925474099[24567]/;
const RECORD = `{"id":${ID},"next":9007199254740992,"small":5,"text":"${ID}","rate":1.5,
  "list":[${ID},9007199254740992,3],"orders":[{"seq":10007199254740993,"name":"late"},{"seq":${ID},"name":"early"}]}`;

function record(text = RECORD): object {
  const { exact, rounded } = parseReadings(text);
  return ExactRecord.of(exact, rounded) as object;
}

type Type = 'string' | 'boolean' | 'integer' | 'number';
const read = (type: Type, from: string, text?: string) =>
  fieldIn(record(text), { type, from: new Expression(from, false) }, { matches: undefined }, fieldValue);

describe('a field that computes with a number beyond 2^53', () => {
  it.each<[Type, string, unknown]>([
    ['number', 'id + 1', 9_007_199_254_740_994n],
    ['number', '1 + id', 9_007_199_254_740_994n],
    ['number', 'id * 10', 90_071_992_547_409_930n],
    ['number', '-id', -9_007_199_254_740_993n],
    ['number', '$number(id)', 9_007_199_254_740_993n],
    ['number', '$number(text)', 9_007_199_254_740_993n],
    ['number', '$max(list)', 9_007_199_254_740_993n],
    ['number', '$min(list)', 3],
    ['number', 'id - 9007199254740000', 993],
    ['integer', 'id % 10', 3],
    ['integer', 'id - next', 1],
    ['integer', '$count($distinct(list))', 3],
    ['number', 'id / 1000', 9_007_199_254_740.992],
    ['string', '$string(id + 1)', '9007199254740994'],
    ['string', '"c-" & (id + 1)', 'c-9007199254740994'],
    ['boolean', 'id > next', true],
    ['boolean', 'next >= id', false],
    ['boolean', 'id = next', false],
    ['boolean', 'id != next', true],
    ['boolean', 'next in list', true],
    ['boolean', 'id > small', true],
    ['boolean', 'id = text', true],
    ['string', 'orders^(seq)[0].name', 'early'],
    ['string', 'orders^(>seq)[0].name', 'late'],
    ['string', '$string($sort(list)[2])', ID],
    ['string', '$sort(orders, function($a, $b) { $a.seq > $b.seq })[0].name', 'early'],
    ['string', 'orders[seq = $$.id].name', 'early'],
  ])('of type %s has all digits for %s', async (type, from, value) => {
    expect(await read(type, from)).toEqual({ value });
  });

  it.each<[Type, string]>([
    ['string', '$formatNumber(id, "0")'],
    ['string', '$formatBase(id, 10)'],
    ['string', '$formatInteger(id, "0")'],
    ['string', '$string($round(id))'],
    ['string', '$string($abs(id))'],
    ['string', '$string($floor(id))'],
    ['string', '$string($sum(list))'],
    ['string', '$string($eval("9007199254740993"))'],
    ['string', '$string($parseInteger(text, "0"))'],
    ['string', '$string($number("9007199254740993.0"))'],
    ['number', 'id + 0.5'],
    ['number', 'id * 0.1'],
    ['number', '$sum(list)'],
    ['number', '$average(list)'],
    ['number', '$power(small, 30)'],
    ['boolean', 'id = 9007199254740993'],
  ])('of type %s takes its default for %s, because digits are lost', async (type, from) => {
    expect(await read(type, from)).toEqual({ reason: 'digits_lost' });
  });

  const calls = [...FUNCTIONS].flatMap((name) =>
    ['id', 'list', '[id]', 'id, "0"', 'id, 2', 'small, id', 'text', 'text, "0"', '{ "id": id }', 'orders'].map(
      (given) => `$${name}(${given})`,
    ),
  );

  it('never has the digits of another number, whichever function computes', async () => {
    for (const type of ['string', 'number'] as const) {
      for (const call of calls) {
        for (const from of [call, `$string(${call})`, `${call} + 1`, `"" & ${call}`]) {
          // The record itself holds the neighbour in `next` and `list`, so these are left out.
          const { value } = await read(type, from, `{"id":${ID},"small":5,"text":"${ID}","list":[${ID}],"orders":[]}`);
          if (!from.includes('+ 1')) expect([from, String(value)]).toEqual([from, expect.not.stringMatching(OTHERS)]);
        }
      }
    }
  });
});

describe('a field that computes with small numbers', () => {
  it.each<[Type, string, unknown]>([
    ['number', 'a * b', 9_007_199_515_875_289n],
    ['string', '$string(a * b)', '9007199515875289'],
    ['number', 'a + 0.5', 94_906_267.5],
    ['number', 'a / 2', 47_453_133.5],
    ['integer', 'a % 10', 7],
    ['number', '$sum([a, b])', 189_812_534],
    ['string', '$formatNumber(a, "#,##0")', '94,906,267'],
    ['string', '$string($map([1.5, 2.5], $round))', '[2,2.5]'],
    ['string', '$string((function($f) { $f(3) })($power(?, 2)))', '9'],
  ])('of type %s keeps all digits for %s', async (type, from, value) => {
    expect(await read(type, from, '{"a":94906267,"b":94906267}')).toEqual({ value });
  });

  it.each<[string, string]>([
    ['a number that is a text', 'a + "1"'],
    ['a list', 'a + [1, 2]'],
  ])('fails for %s, as JSONata does', async (_what, from) => {
    expect(await read('number', from, '{"a":1}')).toEqual({ reason: 'expression_failed' });
  });

  it('is absent if a member is missing or null', async () => {
    for (const text of ['{"a":1}', '{"a":1,"b":null}']) {
      for (const from of ['a + b', 'b + a'])
        expect([text, from, await read('number', from, text)]).toEqual([text, from, {}]);
    }
  });
});

describe('a text of a number', () => {
  it.each(['12345678901234567890.5', '9007199254740993.25'])('with a fraction takes the default: %s', (text) => {
    expect(fieldValue('number', text)).toEqual({ reason: 'digits_lost' });
  });

  it('with an exponent keeps all digits', () => {
    expect(fieldValue('number', '1e20')).toEqual({ value: 100_000_000_000_000_000_000n });
  });
});

it('an expression without a field refuses lost digits, too', async () => {
  const expression = new Expression('$formatNumber(id, "0")', false);
  await expect(expression.evaluate(record(), { matches: undefined })).rejects.toBeInstanceOf(DigitsLost);
});
