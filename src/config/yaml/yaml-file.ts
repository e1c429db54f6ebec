import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { Problem } from '../config-error.js';
import type { Env } from '../environment/variables.js';
import { fileProblem } from '../file-problem.js';
import { maskPlaceholders, unmask } from './placeholders.js';
import { yamlTree, type YamlTree } from './yaml-tree.js';

export type YamlReading =
  { readonly tree: YamlTree } | { readonly tree: undefined; readonly problems: readonly Omit<Problem, 'source'>[] };

/** A mistake causes further syntax errors below it, so the first problems are enough. */
const MAX_SYNTAX_PROBLEMS = 10;

/** Returns the bytes of a file, or the reason in words if the file cannot be read. */
export function fileBytes(file: string): Buffer | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return fileProblem(error);
  }
}

export function parseYaml(bytes: Buffer, env: Env): YamlReading {
  const text = decoded(bytes);
  if (text === undefined) return unreadable('is not UTF-8 text');
  const lines = new LineCounter();
  // `yamlTree` reports repeated keys, because it knows their path.
  const document = parseDocument(maskPlaceholders(text), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) return { tree: undefined, problems: syntaxProblems(errors, lines) };
  return document.contents === null ? unreadable('is empty') : { tree: yamlTree(document, lines, env) };
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(message: string): YamlReading {
  return { tree: undefined, problems: [{ key: '', message }] };
}

function syntaxProblems(errors: readonly YAMLError[], lines: LineCounter): Omit<Problem, 'source'>[] {
  const firstOfLine = new Map<number, string>();
  for (const error of errors) {
    const { line } = lines.linePos(error.pos[0]);
    if (!firstOfLine.has(line)) firstOfLine.set(line, error.message);
  }
  const problems = [...firstOfLine].map(([line, message]) => ({
    line,
    key: '',
    message: `is not YAML: ${withoutSource(message)}`,
  }));
  return problems.sort((a, b) => a.line - b.line).slice(0, MAX_SYNTAX_PROBLEMS);
}

/** The parser ends some messages with `: <text of the file>`, which may be a secret. */
function withoutSource(message: string): string {
  return unmask(message).replace(/(?<=\w): [^]*$/, '');
}
