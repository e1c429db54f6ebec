import { setTimeout as delay } from 'node:timers/promises';
import { post } from '../../support/http.js';

export interface LoadAnswer {
  /** The time of the answer, on the monotonic clock of the test. */
  readonly atMs: number;
  readonly source: string;
  readonly error: string;
  readonly found: boolean;
  readonly elapsedMs: number;
}

export interface LoadTerms {
  readonly urls: readonly string[];
  readonly perSecond: number;
}

let numbers = 0;

/**
 * Returns the number of a contact that no test has looked up, and that is merged into no other
 * contact. Its lookup costs one call.
 */
export function newContactNumber(): number {
  const n = numbers++;
  return Math.floor(n / 40) * 100 + (n % 40) + 1;
}

/** Looks up contacts at a constant rate until it is stopped. It does not wait for answers. */
export class Load {
  readonly answers: LoadAnswer[] = [];
  private readonly pending = new Set<Promise<void>>();
  private readonly running: Promise<void>;
  private isOver = false;

  constructor(private readonly terms: LoadTerms) {
    this.running = this.run();
  }

  async stop(): Promise<readonly LoadAnswer[]> {
    this.isOver = true;
    await this.running;
    await Promise.all(this.pending);
    return this.answers;
  }

  private async run(): Promise<void> {
    const { perSecond } = this.terms;
    const startMs = performance.now();
    for (let n = 0; !this.isOver; n++) {
      const dueMs = startMs + (n * 1000) / perSecond - performance.now();
      if (dueMs > 1) await delay(dueMs);
      const request = this.ask(n).finally(() => this.pending.delete(request));
      this.pending.add(request);
    }
  }

  private async ask(n: number): Promise<void> {
    const { urls } = this.terms;
    const ani = `+1555${String(newContactNumber()).padStart(4, '0')}`;
    const { json, elapsedMs } = await post(`${urls[n % urls.length] ?? ''}/lookup/contact`, { ani });
    this.answers.push({
      atMs: performance.now(),
      source: String(json?.source),
      error: String(json?.error),
      found: json?.contactFound === true,
      elapsedMs,
    });
  }
}

/** Returns the answers without the data of the contact. */
export function failedAnswers(answers: readonly LoadAnswer[]): readonly LoadAnswer[] {
  return answers.filter(({ source, error, found }) => source === 'degraded' || error !== '' || !found);
}
