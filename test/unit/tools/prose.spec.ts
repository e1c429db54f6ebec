import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { luaHeaderFindings } from '../../../tools/prose/lua-headers.js';
import { checkParagraph, splitSentences } from '../../../tools/prose/rules.js';
import { codeParagraphs, lineCommentParagraphs, markdownParagraphs } from '../../../tools/prose/sources.js';

const rulesOf = (text: string, isProse = true): string[] => checkParagraph(text, isProse).map(({ rule }) => rule);

describe('the prose check', () => {
  it.each(['Who is busy is removed.', 'Nobody waits for the load.', 'Those are deleted.', 'What failed is logged.'])(
    'reports a sentence that hides its subject: %s',
    (text) => {
      expect(rulesOf(text)).toContain('subject');
    },
  );

  it('reports a paragraph that starts with a pronoun', () => {
    expect(rulesOf('It returns the entry.')).toEqual(['subject']);
  });

  it('accepts a pronoun after the sentence that names its noun', () => {
    expect(rulesOf('The cache holds an entry. It expires after 5 s.')).toEqual([]);
  });

  it('accepts a question that starts with a question word', () => {
    expect(rulesOf('What happens when Redis hangs?')).toEqual([]);
  });

  it('reports a sentence of more than 25 words', () => {
    expect(rulesOf(`The process ${'really '.repeat(24)}waits.`)).toEqual(['length']);
    expect(rulesOf(`The process ${'really '.repeat(22)}waits.`)).toEqual([]);
  });

  it('reports the fragment "Absent:"', () => {
    expect(rulesOf('The limit. Absent: none.')).toEqual(['absent']);
  });

  it.each(['for ever', 'at the most', 'anew', 'likewise', 'beside'])('reports the term "%s"', (term) => {
    expect(rulesOf(`The entry stays ${term} the other.`)).toEqual(['term']);
  });

  it('does not demand a subject of a label', () => {
    expect(rulesOf('what the caller sent', false)).toEqual([]);
  });

  it('ends no sentence at an abbreviation', () => {
    expect(splitSentences('A phone, e.g. +1 555. A name.')).toEqual(['A phone, e.g +1 555.', 'A name.']);
  });
});

describe('the prose texts of a file', () => {
  it('include the comments and labels of code', () => {
    const code =
      "/**\n * Stores\n * a value.\n */\nconst a = 1; // One.\nthrow new Error('the store does not answer');\n";
    expect(codeParagraphs(code, 'a.ts').map(({ line, text }) => [line, text])).toEqual([
      [2, 'Stores a value.'],
      [5, 'One.'],
      [6, 'the store does not answer'],
    ]);
  });

  it('include the block comments of Lua', () => {
    const script = '--[[\n  Deletes an entry.\n\n  The reply is 1.\n]]\nlocal a = 1 -- one\n';
    expect(lineCommentParagraphs(script, '--').map(({ line, text }) => [line, text])).toEqual([
      [2, 'Deletes an entry.'],
      [4, 'The reply is 1.'],
    ]);
  });

  it('include the paragraphs of Markdown without code, tables and headings', () => {
    const page = '# Title\n\nOne\nparagraph.\n\n```\ncode\n```\n\n| a |\n\n- an item\n- another\n';
    expect(markdownParagraphs(page).map(({ text }) => text)).toEqual(['One paragraph.', 'an item', 'another']);
  });

  it('include the comments of Lua and YAML without commented-out settings', () => {
    expect(lineCommentParagraphs('-- A key.\nreturn 1', '--').map(({ text }) => text)).toEqual(['A key.']);
    expect(lineCommentParagraphs('# A port.\n# PORT=3000\n', '#').map(({ text }) => text)).toEqual(['A port.']);
  });
});

describe('the header of a Lua script', () => {
  const messagesOf = (source: string): string[] => luaHeaderFindings(source).map(({ message }) => message);
  const header = '-- Deletes an entry.\n--\n-- KEYS[1]  entry\n--\n-- ARGV[1]  version\n--\n-- Returns 1.\n\n';
  const code = "return redis.call('DEL', KEYS[1], ARGV[1])\n";

  it('passes in the form of the house', () => {
    expect(luaHeaderFindings(header + code)).toEqual([]);
  });

  it('is reported as a block comment', () => {
    expect(luaHeaderFindings(`--[[\n  Deletes.\n]]\n${header}`)).toEqual([
      { line: 1, message: 'block comment; allowed: lines that start with --' },
    ]);
  });

  it.each(['Input:', '  Output:', '-- Input:'])('is reported with the label %s', (label) => {
    expect(messagesOf(`${label}\n`)).toEqual(['label "Input" or "Output"; allowed: KEYS[1], ARGV[1] and Returns']);
  });

  it.each(['-- KEYS[1] entry  KEYS[2] index', '-- ARGV[1]… entries', '-- ARGV     entries', '-- KEYS[1]entry'])(
    'is reported with the list %s',
    (line) => {
      expect(messagesOf(`${line}\n`)).toHaveLength(1);
    },
  );

  it.each(['KEYS', 'ARGV', 'Returns'])('is reported without %s', (word) => {
    const without = header.split('\n').filter((line) => !line.startsWith(`-- ${word}`));
    expect(messagesOf(without.join('\n') + code)).toEqual([`the header has no line that starts with ${word}`]);
  });

  it('lists nothing in a file of functions', () => {
    expect(messagesOf(`-- Functions.\n\n${code}`)).toHaveLength(3);
    expect(messagesOf(`-- Functions. This text is no\n-- script alone.\n\n${code}`)).toEqual([]);
  });
});

it('the prose check reports a block comment and a long line of a Lua file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'datadip-prose-'));
  try {
    writeFileSync(join(folder, 'a.lua'), `--[[\n  Deletes an entry.\n]]\n-- KEYS[1]  ${'entry '.repeat(16)}\n`);
    const check = spawnSync(process.execPath, ['tools/prose/check.ts', folder], { encoding: 'utf8' });
    expect(check.status).toBe(1);
    expect(check.stdout).toMatch(/a\.lua:1 lua: block comment/);
    expect(check.stdout).toMatch(/a\.lua:4 columns: 10\d columns; allowed: 100/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
