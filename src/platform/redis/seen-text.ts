import type { Clock } from '../../kernel/clock.js';

/**
 * A small text in Redis, as a reply has last shown it to this process. The scripts of other
 * features read the text along with their own keys. So the owner of the text rarely has to ask
 * Redis for it.
 */
export class SeenText {
  private text: string | undefined;
  private atMs = -Infinity;

  constructor(
    readonly key: string,
    private readonly clock: Clock,
  ) {}

  /** The text, if a reply with it arrived at most `ms` ago. */
  within(ms: number): string | undefined {
    return this.clock.nowMs() - this.atMs <= ms ? this.text : undefined;
  }

  /** @param text from a reply that has just arrived; '' stands for a key without a text */
  saw(text: string): void {
    this.text = text === '' ? undefined : text;
    this.atMs = this.clock.nowMs();
  }
}
