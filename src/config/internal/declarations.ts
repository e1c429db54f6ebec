import type { Problem } from '../config-error.js';
import { crossFindings } from './cross-checks.js';
import type { Env } from './env.js';
import type { Surroundings } from './environment.js';
import { fileSchema, schemaFindings, type Declared } from './file-schema.js';
import { sketchOf } from './file-sketch.js';
import type { Finding } from './finding.js';
import { pathText, type Path } from './path.js';
import { UNREADABLE } from './placeholders.js';
import { shownValue } from './secrecy.js';
import { parseYaml } from './yaml-file.js';
import type { YamlTree } from './yaml-tree.js';

export interface DeclarationsReading {
  readonly declared: Declared | undefined;
  readonly problems: readonly Omit<Problem, 'source'>[];
}

/** Reads the text of a declaration file: all that is wrong with it, or what it declares. */
export function readDeclarations(bytes: Buffer, env: Env, surroundings: Surroundings): DeclarationsReading {
  const reading = parseYaml(bytes, env);
  if (reading.tree === undefined) return { declared: undefined, problems: reading.problems };
  const { tree } = reading;
  const parsed = fileSchema.safeParse(tree.root);
  const refused = parsed.success ? [] : schemaFindings(parsed.error);
  const across = crossFindings({ ...surroundings, sketch: sketchOf(tree.root), isSound: soundness(refused) });
  const open = [...refused, ...across].filter(({ path }) => tree.valueAt(path) !== UNREADABLE);
  const problems = inOrder([...tree.findings, ...open].map((finding) => problemOf(finding, tree)));
  return { declared: parsed.data, problems };
}

function soundness(refused: readonly Finding[]): (path: Path) => boolean {
  return (place) => !refused.some(({ path }) => place.every((step, at) => path[at] === step));
}

function problemOf(finding: Finding, tree: YamlTree): Omit<Problem, 'source'> {
  const line = finding.line ?? tree.lineOf(finding.path);
  const held = tree.valueAt(finding.path);
  const value = finding.valueIsMoot === true ? undefined : shownValue(finding.path, held);
  const quotes = value === undefined || finding.detail === undefined ? '' : ` (${finding.detail})`;
  return {
    ...(line === undefined ? {} : { line }),
    key: pathText(finding.path),
    ...(value === undefined ? {} : { value }),
    message: `${finding.message}${quotes}`,
  };
}

/** As one reads the file. What has no line is missing altogether, and comes last. */
function inOrder(problems: Omit<Problem, 'source'>[]): Omit<Problem, 'source'>[] {
  return problems.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0);
}
