import type { Problem } from './config-error.js';
import type { Env } from './environment/variables.js';
import type { Surroundings } from './sections/check-context.js';
import { crossFindings, fileSchema, schemaFindings, type DeclaredFile, type EnvironmentOf } from './sections/file.js';
import { withInheritedKeys, withoutInherited } from './sections/systems/own-systems.js';
import { pathText, type Finding, type Path } from './yaml/finding.js';
import { substitutedIn, UNREADABLE } from './yaml/placeholders.js';
import { shownValue } from './yaml/shown-value.js';
import { parseYaml } from './yaml/yaml-file.js';
import { valueAt, type YamlTree } from './yaml/yaml-tree.js';

/** A problem of the file. The caller of this module adds the name of the file. */
type FileProblem = Omit<Problem, 'source'>;

export interface DeclarationsReading {
  /** `undefined` if the schema refused the file. */
  readonly declared: DeclaredFile | undefined;
  readonly problems: readonly FileProblem[];
  readonly environmentOf: EnvironmentOf;
}

/** Reads the text of a declaration file. Returns its declarations, or everything that is wrong. */
export function readDeclarations(bytes: Buffer, env: Env, surroundings: Surroundings): DeclarationsReading {
  const reading = parseYaml(bytes, env);
  if (reading.tree === undefined) return { declared: undefined, problems: reading.problems, environmentOf: () => [] };
  const { tree } = reading;
  const root = withInheritedKeys(tree.root);
  const parsed = fileSchema.safeParse(root);
  const refused = parsed.success ? [] : schemaFindings(parsed.error);
  const across = crossFindings(root, { ...surroundings, isSound: soundness(refused) });
  const found = withoutInherited([...refused, ...across], (path) => tree.valueAt(path));
  const unreported = found.filter(({ path }) => tree.valueAt(path) !== UNREADABLE);
  const problems = inFileOrder([...tree.findings, ...unreported].map((finding) => problemOf(finding, tree)));
  const environmentOf: EnvironmentOf = (path) => substitutedIn(valueAt(root, path));
  return { declared: parsed.data, problems, environmentOf };
}

function soundness(refused: readonly Finding[]): (path: Path) => boolean {
  return (place) => !refused.some(({ path }) => place.every((step, at) => path[at] === step));
}

function problemOf(finding: Finding, tree: YamlTree): FileProblem {
  const line = finding.line ?? tree.lineOf(finding.path);
  const found = tree.valueAt(finding.path);
  const value = finding.hidesValue === true ? undefined : shownValue(finding.path, found);
  const detail = value === undefined || finding.detail === undefined ? '' : ` (${finding.detail})`;
  return {
    ...(line === undefined ? {} : { line }),
    key: pathText(finding.path),
    ...(value === undefined ? {} : { value }),
    message: `${finding.message}${detail}`,
  };
}

/** Sorts by line. A problem without a line is a missing section and comes last. */
function inFileOrder(problems: FileProblem[]): FileProblem[] {
  return problems.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0);
}
