import { Injectable } from '@nestjs/common';
import { TIMED_OUT, withTimeout } from '../../kernel/deadline.js';

/** `waiting` for its turn or still trying, `done`, or `late`: not done within the bound, and gone on without. */
export type StepState = 'waiting' | 'done' | 'late';
export type LifecycleState = 'starting' | 'ready' | 'stopping';

/** What the service would like to have before it takes callers, or what it must have. */
type Need = 'wished' | 'required';

interface Step {
  readonly name: string;
  readonly run: () => Promise<void>;
  readonly need: Need;
  state: StepState;
}

/**
 * The longest the service waits for what it would like to have before it takes callers. A store or an origin that is away at start
 * must not keep every process of the region away: callers then get what can be had.
 */
const WARM_UP_BOUND_MS = 3000;

/** Whether this process takes callers: not before it is warm, and not when it is to stop. */
@Injectable()
export class Lifecycle {
  private readonly steps: Step[] = [];
  private current: LifecycleState = 'starting';

  get state(): LifecycleState {
    return this.current;
  }

  get warmUpSteps(): readonly { readonly name: string; readonly state: StepState }[] {
    return this.steps;
  }

  /** @param run tries until it succeeds; where it is merely wished for, it is not waited for longer than the bound */
  beforeReady(name: string, run: () => Promise<void>, need: Need = 'wished'): void {
    this.steps.push({ name, run, need, state: 'waiting' });
  }

  async warmUp(boundMs = WARM_UP_BOUND_MS): Promise<void> {
    await Promise.all(this.steps.map((step) => this.take(step, boundMs)));
    if (this.current === 'starting') this.current = 'ready';
  }

  stop(): void {
    this.current = 'stopping';
  }

  private async take(step: Step, boundMs: number): Promise<void> {
    if (step.need === 'required') {
      await step.run();
      step.state = 'done';
      return;
    }
    const outcome = await withTimeout(step.run(), boundMs).catch(() => TIMED_OUT);
    step.state = outcome === TIMED_OUT ? 'late' : 'done';
  }
}
