import { TIMED_OUT, withTimeout } from '../../kernel/deadline.js';

/**
 * `waiting`: the step has not succeeded yet. `done`: it has. `late`: it has not succeeded within
 * the bound, and the process goes on without it. `skipped`: warm-up is off.
 */
export type StepState = 'waiting' | 'done' | 'late' | 'skipped';
export type LifecycleState = 'starting' | 'ready' | 'stopping';

/**
 * `optional`: the process waits for the step up to `WARM_UP_BOUND_MS`. `code`: the same, and the
 * step only makes the code fast, so that `WARM_UP=off` skips it. `required`: the process never
 * reports ready without the step.
 */
export type StepNeed = 'optional' | 'code' | 'required';

interface Step {
  readonly name: string;
  readonly run: () => Promise<void>;
  readonly need: StepNeed;
  state: StepState;
}

/**
 * The longest the process waits for optional steps. A store or an origin that is down at start must
 * not keep every process of the region from serving; callers then get what is available.
 */
const WARM_UP_BOUND_MS = 3000;

/**
 * The state of this process: `starting` until its warm-up has ended, `ready`, then `stopping`.
 *
 * Features declare their warm-up steps with `beforeReady`.
 */
export class Lifecycle {
  private readonly steps: Step[] = [];
  private current: LifecycleState = 'starting';

  get state(): LifecycleState {
    return this.current;
  }

  get warmUpSteps(): readonly { readonly name: string; readonly state: StepState }[] {
    return this.steps;
  }

  /**
   * @param run retries until it succeeds. For a step that is not required, a rejection means
   *   `late`.
   */
  beforeReady(name: string, run: () => Promise<void>, need: StepNeed = 'optional'): void {
    this.steps.push({ name, run, need, state: 'waiting' });
  }

  /**
   * Runs all steps at the same time, then reports ready.
   *
   * @param runsCode `false` skips the steps of need `code`
   */
  async warmUp(runsCode = true): Promise<void> {
    await Promise.all(this.steps.map((step) => this.take(step, runsCode)));
    if (this.current === 'starting') this.current = 'ready';
  }

  stop(): void {
    this.current = 'stopping';
  }

  private async take(step: Step, runsCode: boolean): Promise<void> {
    if (step.need === 'code' && !runsCode) {
      step.state = 'skipped';
      return;
    }
    if (step.need === 'required') {
      await step.run();
      step.state = 'done';
      return;
    }
    const outcome = await withTimeout(step.run(), WARM_UP_BOUND_MS).catch(() => TIMED_OUT);
    step.state = outcome === TIMED_OUT ? 'late' : 'done';
  }
}
