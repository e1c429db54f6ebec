import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HttpProblem } from '../../../src/kernel/errors.js';
import { readInputs } from '../../../src/modules/profile/internal/inputs.js';

const read = (query: unknown, body?: unknown) => Object.fromEntries(readInputs(query, body));

function refusalOf(body: unknown): unknown {
  try {
    readInputs({}, body);
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
}

describe('inputs', () => {
  it('are text: numbers and booleans as JSON writes them', () => {
    expect(read({}, { a: 'x', b: 15_550_001, c: 0, d: -1.5, e: true, f: false })).toEqual({
      a: 'x',
      b: '15550001',
      c: '0',
      d: '-1.5',
      e: 'true',
      f: 'false',
    });
  });

  it('come from query and body, and the body counts where both name one', () => {
    expect(read({ a: 'query', b: 'query' }, { b: 'body', c: 'body' })).toEqual({ a: 'query', b: 'body', c: 'body' });
    expect(read({ a: 'query' })).toEqual({ a: 'query' });
    expect(read(undefined, { a: 'body' })).toEqual({ a: 'body' });
  });

  it.each([
    ...['', null, '${input.a}', '$!{input.a}', '$input.a', '$!input.a'],
    ...['$esc.jsonString(${input.a})', '$esc.url("${input.a}")', '${esc.uriEncode($input.a)}', "$esc.url('$input.a')"],
  ])('are absent as %j, in the query and in the body', (nothing) => {
    expect(read({ a: nothing }, { b: 'x' })).toEqual({ b: 'x' });
    expect(read({}, { a: nothing, b: 'x' })).toEqual({ b: 'x' });
  });

  it.each([
    '${input.b}',
    '${input.a} ',
    'x${input.a}',
    '${a}',
    '${input.A}',
    '$${input.a}',
    '!{input.a}',
    '$input.b',
    '${input.a',
    '$esc.url(${input.b})',
    '$esc.url(${input.a}) ',
    '$esc.url(a)',
    `$esc.url(${' '.repeat(16_000)}`,
  ])('are present as %j, which is not their own placeholder', (text) => {
    expect(read({}, { a: text })).toEqual({ a: text });
  });

  it.each(['first.name', 'a}b', '[a]', '*', '$&'])('know the placeholder of any name: %j', (name) => {
    expect(read({}, { [name]: `\${input.${name}}` })).toEqual({});
    expect(read({}, { [name]: `$!{input.${name}}` })).toEqual({});
  });

  it.each([[[]], ['text'], [17], [true], [null]])('are no body that is %j', (body) => {
    expect(refusalOf(body)).toMatchObject({ code: 'not_an_object', status: 400 });
  });

  it.each([[{ a: {} }], [{ a: [] }], [{ a: ['x'] }], [{ a: 'x', b: { c: 1 } }], [JSON.parse('{"__proto__":{}}')]])(
    'are flat: %j is not',
    (body) => {
      expect(refusalOf(body)).toMatchObject({ code: 'nested_value', status: 400 });
    },
  );

  it('are read or refused, whatever JSON comes, and no refusal repeats it', () => {
    const json = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), json, (query, body) => {
        try {
          for (const text of readInputs(query, body).values()) expect(text).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(HttpProblem);
          expect((error as HttpProblem).message).toMatch(
            /^(request body is not a JSON object|nested input value; allowed: string, number, boolean, null)$/,
          );
        }
      }),
    );
  });
});
