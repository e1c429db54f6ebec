import jsonata, { type Expression } from 'jsonata';

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

/** A JSONata expression of the configuration file, with a time limit. */
export class BoundedExpression {
  private readonly expression: Expression;

  constructor(source: string) {
    this.expression = jsonata(source, { timeout: EVALUATES_WITHIN_MS });
  }

  /**
   * Evaluates the expression, a second time if a stall caused the timeout. JSONata measures wall
   * time, which passes while the operating system does not run the process. An expression that got
   * less than half of its time on the processor is evaluated once more.
   */
  async evaluate(input: unknown): Promise<unknown> {
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

function ranForMs(before: NodeJS.CpuUsage): number {
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000;
}
