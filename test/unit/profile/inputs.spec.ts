import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HttpProblem } from '../../../src/kernel/errors.js';
import { readInputs } from '../../../src/modules/profile/internal/inputs.js';

const read = (query: unknown, body?: unknown) => Object.fromEntries(readInputs(query, body));

function problemOf(body: unknown): unknown {
  try {
    readInputs({}, body);
  } catch (error) {
    return error;
  }
  throw new Error('readInputs refused nothing');
}

describe('inputs', () => {
  it('converts numbers and booleans to their JSON text', () => {
    expect(read({}, { a: 'x', b: 15_550_001, c: 0, d: -1.5, e: true, f: false })).toEqual({
      a: 'x',
      b: '15550001',
      c: '0',
      d: '-1.5',
      e: 'true',
      f: 'false',
    });
  });

  it('reads query and body, and prefers the body for an input in both', () => {
    expect(read({ a: 'query', b: 'query' }, { b: 'body', c: 'body' })).toEqual({ a: 'query', b: 'body', c: 'body' });
    expect(read({ a: 'query' })).toEqual({ a: 'query' });
    expect(read(undefined, { a: 'body' })).toEqual({ a: 'body' });
  });

  it.each([
    ...['', null, '${input.a}', '$!{input.a}', '$input.a', '$!input.a'],
    ...['$esc.jsonString(${input.a})', '$esc.url("${input.a}")', '${esc.uriEncode($input.a)}', "$esc.url('$input.a')"],
  ])('treats the input %j as absent, in the query and in the body', (unset) => {
    expect(read({ a: unset }, { b: 'x' })).toEqual({ b: 'x' });
    expect(read({}, { a: unset, b: 'x' })).toEqual({ b: 'x' });
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
  ])('reads %j, which is not the placeholder of its input, as a value', (text) => {
    expect(read({}, { a: text })).toEqual({ a: text });
  });

  it.each(['first.name', 'a}b', '[a]', '*', '$&'])('recognises the placeholder of any input name: %j', (name) => {
    expect(read({}, { [name]: `\${input.${name}}` })).toEqual({});
    expect(read({}, { [name]: `$!{input.${name}}` })).toEqual({});
  });

  it.each([[[]], ['text'], [17], [true], [null]])('refuses a body that is not an object: %j', (body) => {
    expect(problemOf(body)).toMatchObject({ code: 'not_an_object', status: 400 });
  });

  it.each([[{ a: {} }], [{ a: [] }], [{ a: ['x'] }], [{ a: 'x', b: { c: 1 } }], [JSON.parse('{"__proto__":{}}')]])(
    'refuses a body with a nested value: %j',
    (body) => {
      expect(problemOf(body)).toMatchObject({ code: 'nested_value', status: 400 });
    },
  );

  it('reads or refuses any JSON, and repeats none of it in the message', () => {
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
