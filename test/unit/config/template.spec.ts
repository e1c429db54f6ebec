import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  filledValues,
  fillTemplate,
  hasOtherBraces,
  parseTemplate,
  templateInputs,
} from '../../../src/config/sections/lookups/template.js';

const asIs = (value: string): string => value;
const valueOf =
  (values: Readonly<Record<string, string>>) =>
  (input: string): string | undefined =>
    values[input];

describe('a template', () => {
  it('has the texts around its placeholders, one more than placeholders', () => {
    const { literals, placeholders } = parseTemplate('phone:*{ani|last:10} or {email}');
    expect(literals).toEqual(['phone:*', ' or ', '']);
    expect(placeholders).toEqual([
      { source: '{ani|last:10}', input: 'ani', filters: [{ name: 'last', argument: '10' }] },
      { source: '{email}', input: 'email', filters: [] },
    ]);
  });

  it('allows blanks around filters and arguments, and filters without arguments', () => {
    const [placeholder] = parseTemplate('{ani | digits | last : 4 }').placeholders;
    expect(placeholder?.filters).toEqual([
      { name: 'digits', argument: undefined },
      { name: 'last', argument: '4' },
    ]);
  });

  it('keeps a filter without a name, so that the check of the file refuses it', () => {
    const [placeholder] = parseTemplate('{ani|}').placeholders;
    expect(placeholder?.filters).toEqual([{ name: '', argument: undefined }]);
  });

  it.each(['query { customer { id } }', '{ ani }', '{}', '{a.b}', '{1}', '{{', '}'])(
    'keeps the braces of another language: %s',
    (source) => {
      expect(parseTemplate(source)).toEqual({ source, literals: [source], placeholders: [] });
      expect(hasOtherBraces(parseTemplate(source))).toBe(true);
    },
  );

  it('consists of its literals and placeholders, in order', () => {
    const part = fc.constantFrom(
      '{ani}',
      '{ani|upper}',
      '{email|last:3|x}',
      '{',
      '}',
      '|',
      ':',
      ' ',
      'a',
      '{ani',
      '{ }',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const source = parts.join('');
        const { literals, placeholders } = parseTemplate(source);
        expect(literals.map((literal, at) => literal + (placeholders[at]?.source ?? '')).join('')).toBe(source);
        expect(literals).toHaveLength(placeholders.length + 1);
      }),
    );
  });

  it('names each of its inputs once', () => {
    expect(templateInputs(parseTemplate('{a|upper}{b}{a}'))).toEqual(['a', 'b']);
  });
});

describe('a filled template', () => {
  it('encodes each value after its filters, and no literal text', () => {
    const template = parseTemplate('<{a|upper}>&<{b}>');
    expect(fillTemplate(template, valueOf({ a: 'x<', b: '&' }), (value) => `[${value}]`)).toBe('<[X<]>&<[&]>');
  });

  it('tells the encoder which placeholder it fills', () => {
    const filters = (_: string, { source }: { readonly source: string }): string => source;
    expect(fillTemplate(parseTemplate('{a|last:2},{a}'), valueOf({ a: '1' }), filters)).toBe('{a|last:2},{a}');
  });

  it('gives the filtered values alone, in order', () => {
    const template = parseTemplate('phone in ({ani}, {ani|last:4}) or id = {id|digits}');
    expect(filledValues(template, valueOf({ ani: '+15551234567', id: 'A-7' }))).toEqual(['+15551234567', '4567', '7']);
  });

  it('joins runs of digits by hyphens, and keeps the country code of other countries', () => {
    const template = parseTemplate('{ani|national|hyphens} {ani|nationalDigits:US} {ani|national:US}');
    const home = fillTemplate(template, valueOf({ ani: '+15551234567' }), asIs);
    expect(home).toBe('555-123-4567 5551234567 (555) 123-4567');
    const abroad = fillTemplate(template, valueOf({ ani: '+442079460958' }), asIs);
    expect(abroad).toBe('020-7946-0958 442079460958 +44 20 7946 0958');
  });

  it('is undefined if an input is not given, and its text if it has no placeholder', () => {
    const template = parseTemplate('{a}{b}');
    expect(fillTemplate(template, valueOf({ a: '1' }), asIs)).toBeUndefined();
    expect(filledValues(template, valueOf({ b: '1' }))).toBeUndefined();
    expect(fillTemplate(parseTemplate('all'), valueOf({}), asIs)).toBe('all');
  });

  it('fails if a filter leaves nothing of a value', () => {
    const template = parseTemplate('{id|digits}');
    expect(() => fillTemplate(template, valueOf({ id: 'none' }), asIs)).toThrow('no form under the filters');
  });

  it('keeps placeholders and signs of replacement in a value as text', () => {
    expect(fillTemplate(parseTemplate('a{x}b'), valueOf({ x: '$&{x}$1' }), asIs)).toBe('a$&{x}$1b');
  });
});
