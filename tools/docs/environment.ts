import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { code, table } from './blocks.ts';
import { nodesOf, parseFiles, ROOT } from './source-files.ts';

interface Variable {
  readonly name: string;
  /** As written in the example file: the default, or an example where there is no default. */
  readonly value: string;
  readonly meaning: string;
}

/** Variables of the bundled YAML file; the code does not name them. */
const OF_THE_FILE: ReadonlySet<string> = new Set(['CRM_BASE_URL']);
/** Read by tools and tests only. */
const NOT_OURS: ReadonlySet<string> = new Set(['PATH', 'HOME']);
const NAME = /^[A-Z][A-Z0-9_]*$/;
/** Methods and functions of `src/config` that read a variable by its name. */
const READERS = /^(text|textLike|whole|oneOf|flag|list|readVariable|checkedText|address|refuse)$/;

/**
 * Lists the variables of `.env.example` in its order.
 *
 * @throws {Error} if the example file and the code do not name the same variables
 */
export function environmentTable(): string {
  const variables = exampleVariables(readFileSync(join(ROOT, '.env.example'), 'utf8'));
  const documented = new Set(variables.map(({ name }) => name));
  const read = namesTheCodeReads();
  const missing = [...read].filter((name) => !documented.has(name));
  const unread = [...documented].filter((name) => !read.has(name) && !OF_THE_FILE.has(name));
  if (missing.length > 0) throw new Error(`.env.example lacks ${missing.join(', ')}`);
  if (unread.length > 0) throw new Error(`.env.example names ${unread.join(', ')}, which the code does not read`);
  return table(
    ['variable', 'default or example', 'meaning'],
    variables.map(({ name, value, meaning }) => [code(name), code(value), meaning]),
  );
}

/** A comment describes the variables that follow it directly. */
function exampleVariables(text: string): Variable[] {
  const variables: Variable[] = [];
  let comment: string[] = [];
  let described = false;
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^# ([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      variables.push({ name, value, meaning: comment.join(' ') });
      described = true;
    } else if (line.startsWith('# ') && !line.startsWith('# ---')) {
      comment = described ? [line.slice(2)] : [...comment, line.slice(2)];
      described = false;
    } else {
      comment = [];
      described = false;
    }
  }
  return variables;
}

function namesTheCodeReads(): Set<string> {
  const names = new Set<string>();
  for (const file of parseFiles('src/**/*.ts')) {
    for (const node of nodesOf(file)) {
      for (const name of namesAt(node, file.fileName)) if (NAME.test(name) && !NOT_OURS.has(name)) names.add(name);
    }
  }
  return names;
}

/** `process.env.NAME`, `env.NAME`, and the literal names in calls of `src/config`. */
function namesAt(node: ts.Node, file: string): string[] {
  if (ts.isPropertyAccessExpression(node) && /(^|\.)env$/.test(node.expression.getText())) return [node.name.text];
  if (!file.includes('src/config/') || !ts.isCallExpression(node)) return [];
  const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
  if (!READERS.test(callee)) return [];
  return node.arguments.slice(0, 2).flatMap((argument) => (ts.isStringLiteral(argument) ? [argument.text] : []));
}
