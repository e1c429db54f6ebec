import jsonata, { type Expression } from 'jsonata';

/**
 * An expression takes a fraction of a millisecond, and while it runs nobody else is served: one that loops, or doubles with every record
 * it meets, must not be the end of the process. Not bounded: a regular expression, which the engine does not interrupt.
 */
const EVALUATES_WITHIN_MS = 250;
/** JSONata's word for it. */
const TOOK_TOO_LONG = 'D1012';

/** Before Node 24 only the whole process can tell, whose other threads make an expression the sooner to blame. */
const cpuUsage = (before?: NodeJS.CpuUsage): NodeJS.CpuUsage =>
  'threadCpuUsage' in process ? process.threadCpuUsage(before) : (process as NodeJS.Process).cpuUsage(before);

/** An expression of the file. */
export class BoundedExpression {
  private readonly expression: Expression;

  constructor(source: string) {
    this.expression = jsonata(source, { timeout: EVALUATES_WITHIN_MS });
  }

  /**
   * The engine looks at the clock, which goes on while the process is kept from running. An expression that had no half of its time to
   * itself is not to blame, and is evaluated once more.
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
