import { HttpProblem } from '../../../kernel/errors.js';
import { bodyProblem, readRawBody, type BodyOutcome, type BodyRequest } from '../../../platform/http/fast/raw-body.js';
import type { RouteOptions } from '../../../platform/http/route-options.js';

/** The most bodies of unknown senders in memory: 16 MiB of events, 1 MiB of token requests. */
const MAX_BODIES = 64;
const TOO_MANY = new HttpProblem('overloaded', 503, 'too many bodies of unknown senders', 1);

/**
 * Reads bodies whose senders are not known before the body is read: signed events and token
 * requests. Nothing is parsed here.
 *
 * Guarantees:
 * - At most `MAX_BODIES` such bodies are in memory.
 * - A further body takes the place of the oldest, and the sender of the oldest gets 503.
 * - A sender that stops in the middle of a body keeps no other sender out. The body of a webhook
 *   usually arrives together with its head.
 */
export class UnverifiedBodies {
  /** The functions that end the reading, oldest first. */
  private readonly open = new Set<(problem: HttpProblem) => void>();

  read(
    request: BodyRequest,
    kind: RouteOptions['body'],
    done: (outcome: BodyOutcome) => void,
    onChunk?: (chunk: Buffer) => void,
  ): void {
    const problem = bodyProblem(request, kind);
    if (problem !== undefined) {
      done(problem);
      return;
    }
    const finish = readRawBody(
      request,
      kind,
      (outcome) => {
        this.open.delete(finish);
        done(outcome);
      },
      onChunk,
    );
    this.open.add(finish);
    if (this.open.size > MAX_BODIES) this.endOldest();
  }

  private endOldest(): void {
    const [finish] = this.open;
    finish?.(TOO_MANY);
  }
}
