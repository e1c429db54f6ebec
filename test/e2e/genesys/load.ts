import { setTimeout as delay } from 'node:timers/promises';
import { post } from '../../support/http.js';

export interface Asked {
  /** On this machine's clock, when it was answered. */
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

let asked = 0;

/**
 * Returns the number of a contact that no test has looked up, and that is merged into no other contact.
 * Its lookup costs one call.
 */
export function somebodyNew(): number {
  const n = asked++;
  return Math.floor(n / 40) * 100 + (n % 40) + 1;
}

/** Asks for contacts, evenly and whatever becomes of the answers, until it is stopped. */
export class Load {
  readonly answers: Asked[] = [];
  private readonly pending = new Set<Promise<void>>();
  private readonly running: Promise<void>;
  private isOver = false;

  constructor(private readonly terms: LoadTerms) {
    this.running = this.run();
  }

  async stop(): Promise<readonly Asked[]> {
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
      const asking = this.ask(n).finally(() => this.pending.delete(asking));
      this.pending.add(asking);
    }
  }

  private async ask(n: number): Promise<void> {
    const { urls } = this.terms;
    const ani = `+1555${String(somebodyNew()).padStart(4, '0')}`;
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

/** Answers that are not what the platform has on the caller. */
export function failed(answers: readonly Asked[]): readonly Asked[] {
  return answers.filter(({ source, error, found }) => source === 'degraded' || error !== '' || !found);
}
