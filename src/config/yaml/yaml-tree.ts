import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type LineCounter,
  type Node,
  type Pair,
} from 'yaml';
import type { Env } from '../environment/variables.js';
import type { Finding, Path } from './finding.js';
import { fill, unmask, UNREADABLE } from './placeholders.js';

/** The file as plain maps, lists and scalars, with the line of every place. */
export interface YamlTree {
  readonly root: unknown;
  /**
   * The line of a place. For a missing place, the line of the nearest place above it in the tree.
   */
  lineOf(path: Path): number | undefined;
  valueAt(path: Path): unknown;
  readonly findings: readonly Finding[];
}

/**
 * The schema is six levels deep. A much deeper file is no declaration and would exhaust the stack.
 */
const MAX_DEPTH = 32;
/** A few lines of aliases can expand to billions of places. */
const MAX_NODES = 100_000;

export function yamlTree(document: Document, lines: LineCounter, env: Env): YamlTree {
  const walk = new TreeWalk(document, lines, env);
  const root = walk.read(document.contents, []);
  return { root, findings: walk.findings, lineOf: (path) => walk.lineOf(path), valueAt: (path) => valueAt(root, path) };
}

/** `undefined` if the place is missing. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((held, step) => {
    const holds = typeof held === 'object' && held !== null && Object.hasOwn(held, step);
    return holds ? (held as Record<string | number, unknown>)[step] : undefined;
  }, root);
}

/**
 * Follows aliases, fills placeholders, and reports what YAML allows but a declaration must not
 * hold.
 */
class TreeWalk {
  readonly findings: Finding[] = [];
  private readonly lineAt = new Map<string, number>();
  /** The nodes around the current node. A node that is among them contains itself. */
  private readonly around = new Set<unknown>();
  private nodes = 0;

  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    private readonly env: Env,
  ) {}

  read(node: unknown, path: Path): unknown {
    this.nodes += 1;
    if (this.nodes === MAX_NODES)
      this.refuse(path, `is too large with its aliases expanded; allowed: ${MAX_NODES} values`);
    if (this.nodes >= MAX_NODES) return UNREADABLE;
    if (path.length > MAX_DEPTH) return this.refuse(path, `is nested too deeply; allowed: ${MAX_DEPTH} levels`);
    if (isAlias(node)) return this.readAlias(node, path);
    if (isMap(node)) return this.inside(node, path, () => this.readMap(node.items, path));
    if (isSeq(node)) return this.inside(node, path, () => this.readList(node.items, path));
    return this.readScalar(node, path);
  }

  lineOf(path: Path): number | undefined {
    const line = this.lineAt.get(JSON.stringify(path));
    return line !== undefined || path.length === 0 ? line : this.lineOf(path.slice(0, -1));
  }

  private inside(node: Node, path: Path, read: () => unknown): unknown {
    if (this.around.has(node)) return this.refuse(path, 'is an alias of a node that contains it');
    this.around.add(node);
    try {
      return read();
    } finally {
      this.around.delete(node);
    }
  }

  private readAlias(alias: Alias, path: Path): unknown {
    const target = alias.resolve(this.document);
    return target === undefined ? this.refuse(path, 'is an alias without an anchor above it') : this.read(target, path);
  }

  private readList(items: readonly unknown[], path: Path): unknown[] {
    return items.map((item, at) => this.readMarked(item, item, [...path, at]));
  }

  private readMap(pairs: readonly Pair[], path: Path): Record<string, unknown> {
    // The map has no prototype, because a key may be named `toString`.
    const map = Object.create(null) as Record<string, unknown>;
    for (const pair of pairs) this.readPair(map, pair, path);
    return map;
  }

  private readPair(map: Record<string, unknown>, { key, value }: Pair, path: Path): void {
    const name = keyText(key);
    const line = this.lineOfNode(key);
    if (name === undefined) this.report(path, 'has a key that is not plain text', line);
    else if (name === '__proto__') this.report([...path, name], 'is not allowed as a name', line);
    else if (Object.hasOwn(map, name)) this.report([...path, name], 'is repeated; allowed: once', line);
    else map[name] = this.readMarked(value, key, [...path, name]);
  }

  /** Records the line of the name, because the reader of an error looks for the name. */
  private readMarked(node: unknown, marker: unknown, path: Path): unknown {
    const line = this.lineOfNode(marker);
    if (line !== undefined) this.lineAt.set(JSON.stringify(path), line);
    return this.read(node, path);
  }

  private readScalar(node: unknown, path: Path): unknown {
    const value = isScalar(node) ? node.value : null;
    if (typeof value !== 'string') return value;
    const filled = fill(value, this.env);
    if (filled.value === UNREADABLE) {
      for (const name of filled.missing) this.report(path, `\${${name}} is not set in the environment`);
    }
    return filled.value;
  }

  private refuse(path: Path, message: string): typeof UNREADABLE {
    this.report(path, message);
    return UNREADABLE;
  }

  private report(path: Path, message: string, line?: number): void {
    this.findings.push({ path, message, line, hidesValue: true });
  }

  private lineOfNode(node: unknown): number | undefined {
    const [start] = (node as Node | null)?.range ?? [];
    return start === undefined ? undefined : this.lines.linePos(start).line;
  }
}

/**
 * Returns a name as the file writes it. A name may look like a number or a YAML word (`404`,
 * `true`).
 */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'string') return unmask(key.value);
  return key.source === '' ? undefined : key.source;
}
