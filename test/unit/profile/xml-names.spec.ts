import { describe, expect, it } from '@jest/globals';
import { parseXml } from '../../../src/origins/http/xml-text.js';

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__'];

describe('an element of XML that is named as a member of every object', () => {
  it.each(NAMES)('is read, and nothing else is lost: %s', (name) => {
    const read = parseXml(
      `<r><${name} a="1"><b/></${name}><name>Ada</name><x:${name} xmlns:x="urn:x">2</x:${name}></r>`,
    );
    const own = Object.entries((read as { readonly r: object }).r);
    expect(own).toContainEqual(['name', 'Ada']);
    expect(own).toContainEqual([name, [{ b: '', '@a': '1' }, '2']]);
    expect(own).toHaveLength(2);
    expect(Object.entries(parseXml(`<${name}>1</${name}>`) as object)).toEqual([[name, '1']]);
    expect(JSON.stringify(parseXml(`<r ${name}="1"><b/></r>`))).toBe(`{"r":{"b":"","@${name}":"1"}}`);
  });

  it('changes no other object', () => {
    parseXml('<r><__proto__><polluted>1</polluted></__proto__></r>');
    expect('polluted' in {}).toBe(false);
  });
});
