import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTemplate } from '../../../src/config/sections/lookups/template.js';
import { leavesPath } from '../../../src/modules/profile/internal/path-segments.js';

const PATH = parseTemplate('/customers/{id}');

/** A proxy that decodes a path once, and resolves its dots afterwards. */
function resolved(path: string): string {
  return new URL(decodeURIComponent(path).replaceAll('\\', '/').split(/[?#]/, 1)[0] ?? '', 'http://origin').pathname;
}

describe('leavesPath', () => {
  it('finds every value that leads to another path behind a proxy that decodes once', () => {
    const texts = fc.string({
      unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', 'E', 'f', '5', 'c', 'a', '?', ';'),
    });
    fc.assert(
      fc.property(texts, (text) => {
        if (leavesPath(PATH, () => text)) return;
        expect(resolved(`/customers/${encodeURIComponent(text)}`)).toMatch(/^\/customers\//);
      }),
      { numRuns: 5000 },
    );
  });

  it('accepts ids without dots, percent signs, slashes and foreign letters', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9@_:+~-]{1,40}$/), (text) => {
        expect(leavesPath(PATH, () => text)).toBe(false);
      }),
    );
  });

  it('finds dots that the value makes with the text around it', () => {
    expect(leavesPath(parseTemplate('/customers/.{id}'), () => '.')).toBe(true);
    expect(leavesPath(parseTemplate('/customers/.{id}/x'), () => '%2e')).toBe(true);
    expect(leavesPath(parseTemplate('/customers/c{id}'), () => '..')).toBe(false);
  });

  it('finds dots that are encoded many times', () => {
    expect(leavesPath(PATH, () => '%2525252525252e%2525252525252e')).toBe(true);
    expect(leavesPath(PATH, () => '%2525%32%35%32%35%2532%2565./x')).toBe(true);
  });
});
