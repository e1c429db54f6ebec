/** The header of a Lua script: its keys, arguments and result are in one place, in one form. */

export interface HeaderFinding {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** `-- KEYS[1]  entry key`, `-- ARGV[10] message`, `-- ARGV[2…] three for each key`. */
const ITEM = /^-- (?:KEYS|ARGV)\[(?:\d{1,2}…?|…)\] {1,2}\S/;
const STARTS_ITEM = /^-- (?:KEYS|ARGV)\b/;
const SECOND_ITEM = / {2}(?:KEYS|ARGV)\[/;
const FUNCTIONS_ONLY = 'is no script alone';
const LABEL = /^(?:-- )?\s*(?:Input|Output):/;

/**
 * Checks the header of a script: line comments, one key or argument per line, and `Returns`. A file
 * with functions for other scripts needs no such list: its header says "is no script alone".
 */
export function luaHeaderFindings(source: string): HeaderFinding[] {
  const lines = source.split('\n');
  const length = lines.findIndex((line) => !line.startsWith('--'));
  const header = lines.slice(0, length < 0 ? lines.length : length);
  return [...lines.flatMap(lineFinding), ...missing(header, lines.slice(header.length).join('\n'))];
}

function lineFinding(line: string, at: number): HeaderFinding[] {
  const message = complaintAbout(line);
  return message === undefined ? [] : [{ line: at + 1, message }];
}

function complaintAbout(line: string): string | undefined {
  if (line.startsWith('--[[')) return 'block comment; allowed: lines that start with --';
  if (LABEL.test(line)) return 'label "Input" or "Output"; allowed: KEYS[1], ARGV[1] and Returns';
  if (!STARTS_ITEM.test(line)) return undefined;
  if (SECOND_ITEM.test(line)) return 'several keys or arguments in one line; allowed: one';
  return ITEM.test(line) ? undefined : 'allowed: "-- KEYS[1]  meaning" or "-- ARGV[2…] meaning"';
}

function missing(header: readonly string[], code: string): HeaderFinding[] {
  const text = header.map((line) => line.slice(3)).join(' ');
  if (!/\bredis\./.test(code) || text.includes(FUNCTIONS_ONLY)) return [];
  const needs = [
    ['KEYS', /\bKEYS\b/.test(code)],
    ['ARGV', /\bARGV\b/.test(code)],
    ['Returns', true],
  ] as const;
  return needs.flatMap(([word, isNeeded]): HeaderFinding[] => {
    const has = header.some((line) => line.startsWith(`-- ${word}`));
    return !isNeeded || has ? [] : [{ line: 1, message: `the header has no line that starts with ${word}` }];
  });
}
