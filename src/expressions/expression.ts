/** JSONata as lookups and webhooks use it. Runs in worker threads too. */
import jsonata, { type Expression as Jsonata } from 'jsonata';
import { DigitsLost } from './exact-numbers.ts';
import { ExactRecord } from './exact-record.ts';
import { costOf, type Cost, type Node } from './expression-cost.ts';
import { nativeFunctionsReady } from './native-functions.ts';
import { useOwnFunctions } from './own-functions.ts';

/** The most items of a list that an expression makes. An answer of 1 MiB may hold more. */
const MAX_ITEMS = 100_000;

/** Variables that an expression may read, next to its input. */
export interface Bindings {
  /** `$matches`: how many records the answer holds. `undefined` if no expression reads it. */
  readonly matches: number | undefined;
  /** `$headers`: the headers of a request, by lower-case name. Lookups have none. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/**
 * A JSONata expression of the configuration file.
 *
 * An `ExactRecord` holds each number beyond 2^53 twice: as text with all digits, and as a double.
 * The expression runs on the texts. If it fails on the texts, because a function takes numbers
 * only, it runs on the doubles.
 *
 * An expression differs from JSONata in two points:
 *
 * - Null is no text. `&`, `$join` and `$string` treat null like a missing value, so no answer
 *   contains the word "null". `$join` leaves out blank texts too, and yields nothing if no text is
 *   left.
 * - No number loses digits. A result beyond 2^53 is a text with all digits, or the expression fails
 *   with `DigitsLost`.
 */
export class Expression {
  /** `undefined` means that no bound is known. */
  readonly cost: Cost | undefined;
  readonly root: Node;
  private readonly parse: () => Jsonata;
  private readonly compiled: Jsonata;
  /** For numbers beyond 2^53. Its comparisons take longer, and few expressions ever need it. */
  private exact: Jsonata | undefined;

  /**
   * @param limitsItems whether a list may not exceed `MAX_ITEMS`. The check makes an evaluation up
   *   to four times as slow, and a small input needs no check.
   * @param adapt changes the syntax tree first
   * @throws {Error} or a plain object if the source does not parse
   */
  constructor(source: string, limitsItems: boolean, adapt: (root: Node) => void = () => undefined) {
    this.parse = () => {
      const compiled = jsonata(source, limitsItems ? { sequence: MAX_ITEMS } : {});
      adapt(rootOf(compiled));
      return compiled;
    };
    this.compiled = this.parse();
    this.root = rootOf(this.compiled);
    this.cost = costOf(this.root);
    useOwnFunctions(this.compiled, this.root, 'doubles');
  }

  /**
   * Evaluates to a value with all digits: a whole number beyond 2^53 is text.
   *
   * @throws {DigitsLost} if the value depends on digits that a double does not hold
   */
  async evaluate(input: unknown, bindings: Bindings): Promise<unknown> {
    if (input instanceof ExactRecord)
      return this.runExactly(input.exact, bindings).catch(() => this.runExactly(input.rounded, bindings));
    return this.run(this.compiled, input, bindings).catch((error: unknown) => {
      if (error instanceof DigitsLost) return this.runExactly(input, bindings);
      throw error;
    });
  }

  /**
   * Evaluates to a part of the input, in both forms.
   *
   * @throws {DigitsLost} as `evaluate`
   */
  async select(input: unknown, bindings: Bindings): Promise<unknown> {
    if (!(input instanceof ExactRecord)) return this.evaluate(input, bindings);
    try {
      const part = await this.runExactly(input.exact, bindings);
      return ExactRecord.of(part, input.roundedAt(part) ?? part);
    } catch {
      const rounded = await this.runExactly(input.rounded, bindings);
      return ExactRecord.of(input.exactAt(rounded) ?? rounded, rounded);
    }
  }

  private runExactly(input: unknown, bindings: Bindings): Promise<unknown> {
    if (this.exact === undefined) {
      this.exact = this.parse();
      useOwnFunctions(this.exact, rootOf(this.exact), 'all digits');
    }
    return this.run(this.exact, input, bindings);
  }

  private async run(compiled: Jsonata, input: unknown, bindings: Bindings): Promise<unknown> {
    await nativeFunctionsReady();
    return (await compiled.evaluate(input, bindings)) as unknown;
  }
}

function rootOf(compiled: Jsonata): Node {
  return compiled.ast() as unknown as Node;
}
