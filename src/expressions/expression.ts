/** JSONata as lookups and webhooks use it. Runs in worker threads too. */
import jsonata, { type Expression as Jsonata } from 'jsonata';
import { ExactRecord } from './exact-record.ts';
import { costOf, type Cost, type Node } from './expression-cost.ts';

/** The most items of a list that an expression makes. An answer of 1 MiB may hold more. */
const MAX_ITEMS = 100_000;
/**
 * The longest text that an expression makes: twice the largest answer. A text of hundreds of
 * megabytes can end the process, because V8 cannot refuse such an allocation.
 */
const MAX_TEXT_LENGTH = 2 * 1024 * 1024;
/** The name that replaces the operator `&`. No expression can contain it. */
const CONCAT = '&';

/** Variables that an expression may read, next to its input. */
export interface Bindings {
  /** `$matches`: how many records the answer holds. `undefined` if no expression reads it. */
  readonly matches: number | undefined;
  /** `$headers`: the headers of a request, by lower-case name. Lookups have none. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** How a function of JSONata is kept inside the engine. */
interface NativeFunction {
  readonly implementation: (this: unknown, ...args: readonly unknown[]) => unknown;
}

interface NativeFunctions {
  readonly string: NativeFunction;
  readonly pad: NativeFunction;
  readonly replace: NativeFunction;
}

/**
 * Known before the first evaluation calls a function. No `await` stands outside a function: if a
 * module has one, Jest compiles every module of the application five times.
 */
let native: NativeFunctions | undefined;
const loading = loadNativeFunctions();

async function loadNativeFunctions(): Promise<NativeFunctions> {
  const find = async (name: string): Promise<NativeFunction> =>
    (await jsonata(`$${name}`).evaluate({})) as NativeFunction;
  const [string, pad, replace] = await Promise.all([find('string'), find('pad'), find('replace')]);
  return { string, pad, replace };
}

/**
 * A JSONata expression of the configuration file.
 *
 * An `ExactRecord` holds each number beyond 2^53 twice: as text with all digits, and as a double. A
 * result that is text needs all digits, but JSONata computes with doubles only. So the result of a
 * method decides which form it evaluates first.
 *
 * An expression differs from JSONata in one point: null is no text. `&`, `$join` and `$string`
 * treat null like a missing value, so no answer contains the word "null". `$join` leaves out blank
 * texts too, and yields nothing if no text is left.
 */
export class Expression {
  /** `undefined` means that no bound is known. */
  readonly cost: Cost | undefined;
  readonly root: Node;
  private readonly compiled: Jsonata;

  /**
   * @param limitsItems whether a list may not exceed `MAX_ITEMS`. The check makes an evaluation up
   *   to four times as slow, and a small input needs no check.
   * @param adapt changes the syntax tree first
   * @throws {Error} or a plain object if the source does not parse
   */
  constructor(source: string, limitsItems: boolean, adapt: (root: Node) => void = () => undefined) {
    this.compiled = jsonata(source, limitsItems ? { sequence: MAX_ITEMS } : {});
    this.root = this.compiled.ast() as unknown as Node;
    adapt(this.root);
    this.cost = costOf(this.root);
    for (const node of nodesOf(this.root)) withoutNullText(node);
    this.registerFunctions();
  }

  /** Evaluates to text with all digits. An expression that computes gets doubles instead. */
  async evaluate(input: unknown, bindings: Bindings): Promise<unknown> {
    if (!(input instanceof ExactRecord)) return this.run(input, bindings);
    return this.run(input.exact, bindings).catch(() => this.run(input.rounded, bindings));
  }

  /** Evaluates to a number, which is a `bigint` if it is a number of the record beyond 2^53. */
  async evaluateNumber(input: unknown, bindings: Bindings): Promise<unknown> {
    if (!(input instanceof ExactRecord)) return this.run(input, bindings);
    const rounded = await this.run(input.rounded, bindings);
    if (typeof rounded !== 'number' || Math.abs(rounded) <= Number.MAX_SAFE_INTEGER) return rounded;
    const exact = await this.run(input.exact, bindings).catch(() => undefined);
    return typeof exact === 'string' && Number(exact) === rounded ? BigInt(exact) : rounded;
  }

  /**
   * Evaluates to a part of the input. The doubles decide which part it is, because digits as text
   * do not sort by size.
   */
  async select(input: unknown, bindings: Bindings): Promise<unknown> {
    if (!(input instanceof ExactRecord)) return this.run(input, bindings);
    const rounded = await this.run(input.rounded, bindings);
    const part = input.counterpart(rounded) ?? (await this.run(input.exact, bindings).catch(() => undefined));
    return ExactRecord.of(part ?? rounded, rounded);
  }

  private async run(input: unknown, bindings: Bindings): Promise<unknown> {
    native ??= await loading;
    return (await this.compiled.evaluate(input, bindings)) as unknown;
  }

  private registerFunctions(): void {
    this.compiled.registerFunction(CONCAT, (left: unknown, right: unknown) => bounded(`${text(left)}${text(right)}`));
    this.compiled.registerFunction('join', join);
    this.compiled.registerFunction('string', string, '<x-b?:s>');
    this.compiled.registerFunction('pad', pad, '<s-ns?:s>');
    this.compiled.registerFunction('replace', replace, '<s-(sf)(sf)n?:s>');
  }
}

/** Every node of a syntax tree, the root first. */
export function* nodesOf(root: Node): Generator<Node> {
  const seen = new Set<unknown>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item !== 'object' || item === null || seen.has(item)) continue;
    seen.add(item);
    if ('type' in item && typeof item.type === 'string') yield item as Node;
    pending.push(...(Object.values(item) as unknown[]));
  }
}

/** JSONata's operator `&` cannot be registered, so a function takes its place in the tree. */
function withoutNullText(node: Node): void {
  if (node.type !== 'binary' || node.value !== '&') return;
  const { lhs, rhs } = node;
  const procedure = { type: 'variable', value: CONCAT };
  Object.assign(node, { type: 'function', value: '(', arguments: [lhs, rhs], procedure });
}

function text(value: unknown): string {
  return string(value) ?? '';
}

function string(value: unknown, prettify?: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  refuseLongContent(value);
  return bounded(String(native?.string.implementation(value, prettify)));
}

function join(texts: unknown, separator: unknown = ''): string | undefined {
  if (texts === undefined) return undefined;
  const parts = (Array.isArray(texts) ? (texts as unknown[]) : [texts]).filter((part) => !isBlank(part));
  if (![...parts, separator].every((part) => typeof part === 'string')) throw refused('$join takes texts');
  const length = parts.reduce<number>((sum, part) => sum + String(part).length + String(separator).length, 0);
  if (length > MAX_TEXT_LENGTH) throw refused('the text is too long');
  return parts.length === 0 ? undefined : parts.join(String(separator));
}

function isBlank(part: unknown): boolean {
  return part === undefined || part === null || (typeof part === 'string' && part.trim() === '');
}

function pad(this: unknown, value: unknown, width: unknown, filling: unknown): unknown {
  if (Math.abs(Number(width)) > MAX_TEXT_LENGTH) throw refused('the text is too long');
  return native?.pad.implementation.call(this, value, width, filling);
}

async function replace(this: unknown, ...args: readonly unknown[]): Promise<unknown> {
  return bounded(await native?.replace.implementation.apply(this, [...args]));
}

/** Throws for a text that is too long. A concatenation has its length before it has its bytes. */
function bounded<T>(value: T): T {
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) throw refused('the text is too long');
  return value;
}

/** A list can hold the same long text many times. */
function refuseLongContent(value: unknown): void {
  const pending: unknown[] = [value];
  let length = 0;
  while (pending.length > 0) {
    const item = pending.pop();
    length += typeof item === 'string' ? item.length : 1;
    if (length > MAX_TEXT_LENGTH || pending.length > MAX_TEXT_LENGTH) throw refused('the text is too long');
    if (typeof item === 'object' && item !== null) for (const member of Object.values(item)) pending.push(member);
  }
}

function refused(message: string): Error {
  return new Error(message);
}
