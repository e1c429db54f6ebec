import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { AnswerReader, type Reading } from '../../../src/modules/profile/internal/reading/answer-reader.js';
import { Expression } from '../../../src/expressions/expression.js';
import { nodesOf } from '../../../src/expressions/syntax-nodes.js';
import { declaration } from '../../support/declaration.js';

const ROOT = join(import.meta.dirname, '../../..');

interface Field {
  readonly type: 'string' | 'boolean' | 'integer' | 'number';
  readonly from?: string;
}

interface Lookup {
  readonly compose?: unknown;
  readonly customerId?: string;
  readonly fields: Readonly<Record<string, Field>>;
}

/** The texts that users copy: bundled files, YAML in pages, and the declarations of the tests. */
function texts(): [place: string, yaml: string][] {
  const pages = globSync(['README.md', 'docs/**/*.md', 'src/**/*.md'], { cwd: ROOT });
  const blocks = pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => [page, yaml]),
  );
  const files = globSync(['src/config/bundled/*.yaml', 'test/fixtures/config/*.yaml.txt'], { cwd: ROOT });
  return [
    ...files.map((file): [string, string] => [file, readFileSync(join(ROOT, file), 'utf8')]),
    ...(blocks as [string, string][]),
    ['test/support/declaration.ts', declaration('http://127.0.0.1')],
  ];
}

/**
 * The lookups that have expressions: a composed lookup names fields of its parts. `${NAME}` without
 * quotes is no YAML.
 */
function lookups(): [name: string, lookup: Lookup][] {
  return texts().flatMap(([place, yaml]) => {
    const file = parse(yaml.replaceAll(/(["']?)\$\{\w+\}\1/g, '"x"')) as { readonly lookups?: Record<string, Lookup> };
    const plain = Object.entries(file.lookups ?? {}).filter(([, lookup]) => lookup.compose === undefined);
    return plain.map(([name, lookup]): [string, Lookup] => [`${place} ${name}`, lookup]);
  });
}

const planned = ({ fields }: Lookup) =>
  Object.entries(fields).map(([name, { type, from }]) => ({ type, from: from ?? `\`${name}\`` }));

function read({ fields, customerId }: Lookup, record: unknown): Promise<Reading> {
  const rules = { failWhen: undefined, notFoundWhen: undefined, record: undefined, ofRows: false, follow: undefined };
  const reader = new AnswerReader({ lookup: 'copied', ...rules, customerId, fields: planned({ fields }) }, false);
  const body = { kind: 'json', value: record, rounded: record } as const;
  return reader.read({ status: 200, headers: {}, body, successorOf: undefined }, Infinity) as Promise<Reading>;
}

/** The members of the record that the expressions of a lookup read. */
function membersOf(lookup: Lookup): string[] {
  const names = planned(lookup).flatMap(({ from }) =>
    [...nodesOf(new Expression(from, false).root)]
      .filter(({ type }) => type === 'name')
      .map(({ value }) => String(value)),
  );
  return [...new Set(names)];
}

const MISSING = Symbol('missing');
const ODD = [null, MISSING, '', '  ', 5, 0.5, true, {}, [], ['Ada', 'Bob'], [null], { first: null }, '9'.repeat(40)];
/** Text that no caller may hear or see. */
const SPOKEN = /null|undefined|NaN|object|[{}[\]]|^\s|\s$/;

function withMembers(members: readonly string[], value: unknown, rest: unknown): Record<string, unknown> {
  const record: Record<string, unknown> = { other: 'x' };
  for (const name of members) if (value !== MISSING) record[name] = value;
  return { ...(rest as object), ...record };
}

describe('an expression that users copy', () => {
  it.each(lookups())('speaks no null and no blank for an odd member: %s', async (_place, lookup) => {
    const members = membersOf(lookup);
    const usual = Object.fromEntries(members.map((name) => [name, 'Ada']));
    const records = ODD.flatMap((odd) => [
      withMembers(members, odd, {}),
      ...members.map((name) => {
        const { [name]: _, ...rest } = usual;
        return withMembers([name], odd, rest);
      }),
    ]);
    for (const record of records) {
      const reading = await read(lookup, record);
      if (reading.kind !== 'record') throw new Error(`${JSON.stringify(record)} is ${reading.kind}`);
      for (const { value } of reading.fields) {
        if (typeof value === 'string' && value.trim() !== '') expect(value).not.toMatch(SPOKEN);
      }
    }
  });

  it('is found in the bundled files, the pages and the declarations', () => {
    const names = lookups().map(([name]) => name);
    for (const part of ['sandbox.yaml customer', 'genesys.yaml contact', 'docs/guides/', 'declaration.ts customer'])
      expect(names).toContainEqual(expect.stringContaining(part));
  });
});

describe('a displayed name', () => {
  const named = lookups().filter(([, { fields }]) => fields.displayName !== undefined);

  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['both names', { firstName: 'Ada', lastName: 'Lovelace' }, 'Ada Lovelace'],
    ['no first name', { lastName: 'Lovelace' }, 'Lovelace'],
    ['a first name that is null', { firstName: null, lastName: 'Lovelace' }, 'Lovelace'],
    ['a first name that is empty', { firstName: '', lastName: 'Lovelace' }, 'Lovelace'],
    ['a last name that is null', { firstName: 'Ada', lastName: null }, 'Ada'],
    ['a last name that is blank', { firstName: 'Ada', lastName: ' ' }, 'Ada'],
    ['two names that are null', { firstName: null, lastName: null }, undefined],
    ['two names that are empty', { firstName: '', lastName: '' }, undefined],
    ['no names', {}, undefined],
    ['a first name that is a number', { firstName: 5, lastName: 'Lovelace' }, undefined],
  ])('is made of %s', async (_what, names, expected) => {
    expect(named.length).toBeGreaterThan(5);
    for (const [place, lookup] of named) {
      const reading = await read(lookup, { id: 'c-17', ...names });
      const at = Object.keys(lookup.fields).indexOf('displayName');
      expect([place, reading.kind === 'record' && reading.fields[at]?.value]).toEqual([place, expected]);
    }
  });

  it.each([
    'firstName & " " & lastName',
    '$string(firstName) & " " & $string(lastName)',
    '$join([firstName, lastName])',
  ])('holds no null in any spelling: %s', async (from) => {
    const lookup: Lookup = { fields: { displayName: { type: 'string', from } } };
    for (const firstName of [null, undefined, 'Ada']) {
      const reading = await read(lookup, { firstName, lastName: 'Lovelace', id: 1 });
      expect(reading).toMatchObject({ fields: [{ value: expect.not.stringContaining('null') }] });
    }
  });
});
