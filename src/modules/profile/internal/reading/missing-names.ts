/** Finds the names of an expression that a value lacks. Runs in worker threads too. */
import type { Node } from '../../../../expressions/expression-cost.ts';

/** A name of an expression that the value at its place does not have. */
export interface MissingName {
  readonly name: string;
  /** The path of the value that lacks the name. `$` is the whole value. */
  readonly at: string;
  /** Names of that value that look alike, the nearest first. */
  readonly near: readonly string[];
}

/** Items of a list that are searched for a name. */
const MAX_ITEMS = 20;
const MAX_NEAR = 3;
const MAX_MISSING = 10;
const MAX_NAMES = 1000;
/** A longer name is compared by its beginning. */
const MAX_NAME_LENGTH = 64;
/**
 * Some systems use an e-mail address, a number or an id as a name. Such a name is data about a
 * customer.
 */
const IS_IDENTIFIER = /.@|^\+?\d[\d\s().-]{3,}$|^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** The names that the paths of an expression read, and that the value lacks. At most ten. */
export function missingNames(root: Node, value: unknown): MissingName[] {
  const found = pathsOf(root).flatMap((steps) => missingIn(steps, value) ?? []);
  return found.slice(0, MAX_MISSING);
}

/** A name as it may be shown. */
export function shownName(name: string): string {
  return IS_IDENTIFIER.test(name) ? '(identifier)' : name.slice(0, MAX_NAME_LENGTH);
}

/** The paths whose first name belongs to the input of the expression. */
function pathsOf(node: unknown): (readonly Node[])[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('type' in node && node.type === 'path' && 'steps' in node) {
    const steps = node.steps as readonly Node[];
    return steps[0]?.type === 'name' || isInput(steps[0]) ? [steps] : pathsOf(steps[0]);
  }
  return (Object.values(node) as unknown[]).flatMap(pathsOf);
}

function isInput(node: Node | undefined): boolean {
  return node?.type === 'variable' && (node.value === '' || node.value === '$');
}

function missingIn(steps: readonly Node[], input: unknown): MissingName | undefined {
  let value = input;
  let at = '$';
  for (const step of steps) {
    if (isInput(step) && value === input) continue;
    if (step.type !== 'name') return undefined;
    const name = String(step.value);
    const holder = holderOf(value, name);
    if (holder === undefined || !Object.hasOwn(holder, name))
      return { name, at, near: nearNames(name, Object.keys(holder ?? {})) };
    value = (holder as Record<string, unknown>)[name];
    at = at === '$' ? name : `${at}.${name}`;
  }
  return undefined;
}

/** The object that has the name. For a list, an item with the name, or else its first object. */
function holderOf(value: unknown, name: string): object | undefined {
  const items: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [value];
  const objects = items.filter((item): item is object => typeof item === 'object' && item !== null);
  return objects.find((item) => Object.hasOwn(item, name)) ?? objects[0];
}

function nearNames(name: string, names: readonly string[]): string[] {
  const wanted = comparable(name);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return names
    .slice(0, MAX_NAMES)
    .map((candidate) => ({ candidate, distance: editDistance(wanted, comparable(candidate)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NEAR)
    .map(({ candidate }) => shownName(candidate));
}

/** `Account_Tier` and `accountTier` are the same name for a person. */
function comparable(name: string): string {
  return name
    .slice(0, MAX_NAME_LENGTH)
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '');
}

/** The Damerau-Levenshtein distance: exchanged neighbours count once, as in `accountTeir`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const changed = numberAt(previous, j - 1) + (isSame ? 0 : 1);
      const swapped = isSwapped ? numberAt(before, j - 2) + 1 : Infinity;
      row.push(Math.min(changed, swapped, numberAt(previous, j) + 1, numberAt(row, j - 1) + 1));
    }
    [before, previous] = [previous, row];
  }
  return numberAt(previous, b.length);
}

function numberAt(row: readonly number[], at: number): number {
  return row[at] ?? 0;
}
