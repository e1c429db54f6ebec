import { describe, expect, it } from '@jest/globals';
import jsonata from 'jsonata';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Node } from '../../../src/expressions/expression-cost.js';
import { FUNCTIONS, unknownName } from '../../../src/expressions/unknown-name.js';

const nameIn = (source: string): string | undefined => unknownName(jsonata(source).ast() as unknown as Node);

describe('the names of an expression', () => {
  it('knows every function that the library defines, and no other', async () => {
    const path = createRequire(import.meta.url).resolve('jsonata');
    const source = await readFile(path, 'utf8');
    const defined = [...source.matchAll(/(?:staticFrame|environment)\.bind\(['"](\w+)['"], defineFunction/g)];
    expect([...FUNCTIONS].sort()).toEqual(defined.map(([, name]) => name).sort());
  });

  it.each([
    'firstName & $string(age)',
    '$.name',
    '$$.a.b',
    '$matches = 1',
    '$headers.`x-topic`',
    '($x := 1; $x + 1)',
    '$map(list, function($each, $at) { $each.name & $at })',
    'list#$at.($at > 1 ? name : "")',
    'loans@$l.books@$b[$l.isbn = $b.isbn].title',
    'name ~> $uppercase',
    '$substringBefore(?, "@")',
    '($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(3))',
  ])('finds nothing unknown in %s', (source) => {
    expect(nameIn(source)).toBeUndefined();
  });

  it.each([
    ['$upper(name)', 'upper'],
    ['$toUpper(name) & "x"', 'toUpper'],
    ['record[$match > 1]', undefined],
    ['record[$records > 1]', 'records'],
    ['name ~> $trimmed', 'trimmed'],
    ['list.{ "a": $concat(b, c) }', 'concat'],
    ['$map(list, function($each) { $item.name })', 'item'],
    ['list^($by)', 'by'],
    ['$firstOf(?, 1)', 'firstOf'],
    ['a[b[$c]]', 'c'],
  ])('finds the unknown name in %s', (source, name) => {
    expect(nameIn(source)).toBe(name);
  });
});
