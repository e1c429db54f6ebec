import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { code, table } from './blocks.ts';
import { nodesOf, parseFiles, ROOT } from './source-files.ts';

/** The part of `VariableDoc` that the table shows. */
interface Variable {
  readonly name: string;
  readonly meaning: string;
  /** Empty text means that the variable has no default. */
  readonly default: string;
  /** `true` means that the variable may be given as a file. */
  readonly isSecret: boolean;
}

/** Variables of the bundled YAML file; the code does not name them. */
const OF_THE_FILE: ReadonlySet<string> = new Set(['CRM_BASE_URL']);
/** Read by tools and tests only. */
const NOT_OURS: ReadonlySet<string> = new Set(['PATH', 'HOME']);
const NAME = /^[A-Z][A-Z0-9_]*$/;
/** Methods and functions of `src/config` that read a variable by its name. */
const READERS = /^(text|textLike|whole|oneOf|flag|list|readVariable|checkedText|address|readProxy|refuse)$/;

/**
 * Lists `ENVIRONMENT_VARIABLES` of the built code, in its order.
 *
 * @throws {Error} if the array, the code and `.env.example` do not name the same variables
 */
export async function environmentTable(): Promise<string> {
  const path = pathToFileURL(join(ROOT, 'dist/config/environment/read-environment.js')).href;
  const { ENVIRONMENT_VARIABLES } = (await import(path)) as { readonly ENVIRONMENT_VARIABLES: readonly Variable[] };
  const documented = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name));
  checkNames(documented, namesTheCodeReads(), 'the code', OF_THE_FILE);
  checkNames(documented, namesOfTheExample(), '.env.example');
  return table(
    ['variable', 'default', 'meaning'],
    ENVIRONMENT_VARIABLES.map((variable) => [
      code(variable.name),
      code(variable.default),
      `${variable.meaning.replace(/(?<!`)(\$\{\w+\}|https?:\/\/\S*<\w+>)/g, '`$1`')}${fileHint(variable)}`,
    ]),
  );
}

function fileHint({ name, isSecret }: Variable): string {
  return isSecret ? ` Or \`${name}_FILE\`: the path of a file.` : '';
}

/** `elsewhere` are documented variables that the source need not name. */
function checkNames(
  documented: ReadonlySet<string>,
  named: ReadonlySet<string>,
  source: string,
  elsewhere: ReadonlySet<string> = new Set(),
): void {
  const missing = [...named].filter((name) => !documented.has(name));
  const unnamed = [...documented].filter((name) => !named.has(name) && !elsewhere.has(name));
  if (missing.length > 0) throw new Error(`ENVIRONMENT_VARIABLES lacks ${missing.join(', ')}, which ${source} names`);
  if (unnamed.length > 0) throw new Error(`${source} lacks ${unnamed.join(', ')}, which ENVIRONMENT_VARIABLES names`);
}

function namesOfTheExample(): Set<string> {
  const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
  return new Set([...text.matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name = '']) => name));
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
