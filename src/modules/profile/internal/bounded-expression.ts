import jsonata, { type Expression } from 'jsonata';
import { ExactRecord } from './exact-record.js';

/**
 * The longest an expression runs. Usual expressions take a fraction of a millisecond, and a running
 * expression blocks the process. The bound does not stop a regular expression: the engine cannot
 * interrupt one.
 */
const EVALUATES_WITHIN_MS = 250;
/** JSONata's error code for an expression that ran too long. */
const TOOK_TOO_LONG = 'D1012';

/**
 * Node before version 24 reports only the processor time of all threads, so other threads count
 * too.
 */
const cpuUsage = (before?: NodeJS.CpuUsage): NodeJS.CpuUsage =>
  'threadCpuUsage' in process ? process.threadCpuUsage(before) : (process as NodeJS.Process).cpuUsage(before);

/**
 * A JSONata expression of the configuration file, with a time limit.
 *
 * An `ExactRecord` has numbers beyond 2^53. Text needs all their digits, and JSONata computes with
 * doubles only. So each method evaluates the reading that its result needs.
 */
export class BoundedExpression {
  private readonly expression: Expression;

  constructor(source: string) {
    this.expression = jsonata(source, { timeout: EVALUATES_WITHIN_MS });
  }

  /** Evaluates to text with all digits. An expression that computes gets doubles instead. */
  async evaluate(input: unknown): Promise<unknown> {
    if (!(input instanceof ExactRecord)) return this.run(input);
    return this.run(input.exact).catch((error: unknown) => {
      if (tookTooLong(error)) throw error;
      return this.run(input.rounded);
    });
  }

  /** Evaluates to a number, which is a `bigint` if it is a number of the record beyond 2^53. */
  async evaluateNumber(input: unknown): Promise<unknown> {
    if (!(input instanceof ExactRecord)) return this.run(input);
    const rounded = await this.run(input.rounded);
    if (!isBeyondDouble(rounded)) return rounded;
    const exact = await this.run(input.exact).catch(() => undefined);
    return typeof exact === 'string' && Number(exact) === rounded ? BigInt(exact) : rounded;
  }

  /**
   * Evaluates to a part of the input. The doubles decide which part it is, because digits as text
   * do not sort by size.
   */
  async select(input: unknown): Promise<unknown> {
    if (!(input instanceof ExactRecord)) return this.run(input);
    const rounded = await this.run(input.rounded);
    const part = input.counterpart(rounded) ?? (await this.run(input.exact).catch(() => undefined));
    return part === undefined && rounded === undefined ? undefined : new ExactRecord(part ?? rounded, rounded);
  }

  /**
   * Evaluates the expression, a second time if a stall caused the timeout. JSONata measures wall
   * time, which passes while the operating system does not run the process. An expression that got
   * less than half of its time on the processor is evaluated once more.
   */
  private async run(input: unknown): Promise<unknown> {
    const before = cpuUsage();
    try {
      return (await this.expression.evaluate(input)) as unknown;
    } catch (error) {
      if (!tookTooLong(error) || ranForMs(before) > EVALUATES_WITHIN_MS / 2) throw error;
      return (await this.expression.evaluate(input)) as unknown;
    }
  }
}

export function tookTooLong(error: unknown): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === TOOK_TOO_LONG;
}

function isBeyondDouble(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

function ranForMs(before: NodeJS.CpuUsage): number {
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000;
}
