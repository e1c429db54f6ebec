import { describe, expect, it } from '@jest/globals';
import { replaceBlock, table } from '../../../tools/docs/blocks.js';
import { inWordsOfYaml } from '../../../tools/docs/configuration.js';
import { headingsOf, linksOf, pathsOf } from '../../../tools/docs/markdown.js';

describe('a generated block of a page', () => {
  const page =
    'before\n<!-- generated: one -->\nold\n<!-- /generated -->\nafter <!-- generated: two --><!-- /generated -->';

  it('is replaced between its markers without other changes', () => {
    expect(replaceBlock(page, 'one', 'new')).toBe(
      'before\n<!-- generated: one -->\n\nnew\n\n<!-- /generated -->\nafter <!-- generated: two --><!-- /generated -->',
    );
  });

  it('causes an error if the page has no markers for it', () => {
    expect(() => replaceBlock(page, 'three', 'new')).toThrow('no markers for "three"');
  });

  it('has a table with one line per row and escaped pipes', () => {
    expect(table(['a', 'b'], [['x | y', 'two\nlines']])).toBe('| a | b |\n| --- | --- |\n| x \\| y | two lines |');
  });
});

describe('the table of the configuration', () => {
  it('says "no value" where the code says `undefined`', () => {
    expect(inWordsOfYaml('`undefined` means no body. `undefined`, the default, means no cap.', ['a'])).toBe(
      'No value means no body. No value, the default, means no cap.',
    );
  });

  it('refuses a comment with `undefined` in another sentence', () => {
    expect(() => inWordsOfYaml('It may be `undefined`.', ['limits', 'maxConcurrent'])).toThrow(
      /^limits\.maxConcurrent: /,
    );
  });
});

describe('the link check', () => {
  it('finds relative links outside code blocks', () => {
    expect(linksOf('[a](./a.md#b) [c](https://c.example)\n```\n[d](d.md)\n```\n')).toEqual(['./a.md#b']);
  });

  it('finds paths of files and folders in backticks', () => {
    expect(pathsOf('`src/main.ts`, `src/cache/`, `npm test`, `GET /docs/x`')).toEqual(['src/main.ts', 'src/cache/']);
  });

  it('derives the anchors of headings', () => {
    expect(headingsOf('# The `X` page, again\n## A-b_c?')).toEqual(['the-x-page-again', 'a-b_c']);
  });
});
