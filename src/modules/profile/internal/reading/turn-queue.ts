/**
 * Jobs that wait, with one line per lookup. The lookups take turns, so that many jobs of one lookup
 * do not delay the jobs of another.
 *
 * Guarantees: at most `maxPerLine` jobs of a lookup wait.
 */
export class TurnQueue<Job> {
  /** In the order of the turns. A line without jobs is deleted. */
  private readonly lines = new Map<string, Job[]>();

  constructor(private readonly maxPerLine: number) {}

  /** Whether a job of a lookup waits that may run now. */
  has(mayRun: (lookup: string) => boolean): boolean {
    return [...this.lines.keys()].some(mayRun);
  }

  /** Returns `false` if the line of the lookup is full. */
  add(lookup: string, job: Job): boolean {
    const line = this.lines.get(lookup) ?? [];
    if (line.length >= this.maxPerLine) return false;
    line.push(job);
    this.lines.set(lookup, line);
    return true;
  }

  /** Takes the next job of a lookup that may run now. This lookup then has the last turn. */
  take(mayRun: (lookup: string) => boolean): Job | undefined {
    for (const [lookup, line] of this.lines) {
      if (!mayRun(lookup)) continue;
      const job = line.shift();
      this.lines.delete(lookup);
      if (line.length > 0) this.lines.set(lookup, line);
      return job;
    }
    return undefined;
  }

  /** Gives a lookup the last turn. */
  postpone(lookup: string): void {
    const line = this.lines.get(lookup);
    if (line === undefined) return;
    this.lines.delete(lookup);
    this.lines.set(lookup, line);
  }

  remove(lookup: string, job: Job): void {
    const line = this.lines.get(lookup);
    const at = line?.indexOf(job) ?? -1;
    if (line === undefined || at < 0) return;
    line.splice(at, 1);
    if (line.length === 0) this.lines.delete(lookup);
  }
}
