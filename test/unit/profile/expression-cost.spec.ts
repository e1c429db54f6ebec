import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { costOf, evaluationsOf, type Node } from '../../../src/expressions/expression-cost.js';
import { sizeOf } from '../../../src/expressions/value-size.js';

const treeOf = (source: string): Node => jsonata(source).ast() as unknown as Node;

const CHEAP = [
  'id',
  '`in`.x',
  '$',
  '$$.a.b',
  'results[0]',
  'results[-1].customer[0]',
  'results[status = "active"][0].name',
  'canonicalContact.id[$ != $$.id]',
  '$join([firstName, lastName], " ")',
  '$lookup({ "Enterprise": "a", "Trial": "b" }, tier)',
  'vip = true and balance > 5',
  'tier in ["a", "b"] ? "x" : "y"',
  'nickname ?? name',
  '(a; -b)',
  '$uppercase($substring(name, 0, 1)) & "."',
  '{ "a": b, "c": [d, e] }',
  '$matches',
];

const UNKNOWN = [
  '$contains(name, /^(a+)+$/)',
  '$match(name, /a/)',
  '$replace(name, "a", "b")',
  '$split(name, " ")[0]',
  '$map(a, $string)',
  'a.(b & c)',
  'a.$uppercase(b)',
  'a^(b)',
  'a{ b: c }',
  '{ key: value }',
  '[1..1000000]',
  '$pad(name, 1000000)',
  '$sort(a)',
  '$distinct(a)',
  '$eval(a)',
  '$reduce(a, function($x, $y) { $x + $y })',
  '($f := function() { $f() }; $f())',
  '($a := b & b; $a & $a)',
  'a ~> $uppercase',
  '$uppercase',
  '$other',
  'a.*',
  '**.b',
  'a.%.b',
  'a@$x.b',
  'a#$i.b',
  '| a | { "b": 1 } |',
  '$now()',
  '$f(?)',
  'a[b ~> /x/]',
  '[a, b][$ != ""]',
];

describe('the cost of an expression', () => {
  it.each(CHEAP)('is known: %s', (source) => {
    expect(costOf(treeOf(source))).toBeDefined();
  });

  it.each(UNKNOWN)('is unknown: %s', (source) => {
    expect(costOf(treeOf(source))).toBeUndefined();
  });

  /** Counts the evaluations of nodes through the timer that JSONata looks at for each of them. */
  async function evaluations(source: string, input: unknown): Promise<number> {
    let count = 0;
    const { now } = Date;
    const expression = jsonata(source, { timeout: 1e9 });
    Date.now = () => {
      count += 1;
      return 0;
    };
    try {
      await expression.evaluate(input).catch(() => undefined);
    } finally {
      Date.now = now;
    }
    return count;
  }

  it('is never less than the evaluations that JSONata makes', async () => {
    const names = fc.constantFrom('a', 'b', 'results', 'id', 'customer', 'status', 'name', 'tier');
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('active', 'x', 5, true, null),
        fc.array(tie('value'), { maxLength: 8 }),
        fc.dictionary(names, tie('value'), { maxKeys: 5 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...CHEAP), value, async (source, input) => {
        const cost = costOf(treeOf(source)) ?? [];
        // The timer is also read at the start.
        expect(await evaluations(source, input)).toBeLessThanOrEqual(2 + evaluationsOf(cost, sizeOf(input, 1e6)));
      }),
      { numRuns: 400 },
    );
  });
});

describe('the size of a value', () => {
  it('counts members at any depth, and long text', () => {
    expect(sizeOf({ a: [1, { b: 2 }], c: 'x' }, 100)).toBe(6);
    expect(sizeOf('x'.repeat(2560), 100)).toBe(11);
  });

  it('stops above its limit, however large and deep the value is', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(sizeOf(deep, 50)).toBe(51);
    expect(
      sizeOf(
        Array.from({ length: 100_000 }, () => 0),
        50,
      ),
    ).toBe(51);
  });
});
