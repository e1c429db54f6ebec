import { TIMED_OUT, withTimeout } from '../../kernel/deadline.js';

/**
 * The state of one warm-up step.
 *
 * - `waiting`: the step has not succeeded yet.
 * - `done`: the step has succeeded.
 * - `late`: the step failed or took longer than the bound. The process goes on without it.
 * - `skipped`: warm-up is off.
 */
export type StepState = 'waiting' | 'done' | 'late' | 'skipped';
export type LifecycleState = 'starting' | 'ready' | 'draining' | 'stopping';

/**
 * How the process treats a warm-up step.
 *
 * - `optional`: the process waits for the step, at most `WARM_UP_BOUND_MS`.
 * - `code`: like `optional`. The step only makes the code fast, so `WARM_UP=off` skips it.
 * - `required`: the process does not become ready before the step succeeds.
 */
export type StepNeed = 'optional' | 'code' | 'required';

interface Step {
  readonly name: string;
  readonly run: () => Promise<void>;
  readonly need: StepNeed;
  state: StepState;
}

/**
 * The longest wait for optional steps, in milliseconds. If Redis or an origin is down, a longer
 * wait would keep every process of the region from serving. Callers then get the data that is
 * available.
 */
const WARM_UP_BOUND_MS = 3000;

/**
 * The state of this process: `starting` until the warm-up ends, then `ready`. After a signal the
 * process is `draining`: not ready, and still serving. At last it is `stopping` and refuses work.
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
   * Declares a warm-up step.
   *
   * @param run the work of the step. The work of a `required` step must retry until it succeeds.
   *   The work of any other step may reject; the step is then `late`.
   */
  beforeReady(name: string, run: () => Promise<void>, need: StepNeed = 'optional'): void {
    this.steps.push({ name, run, need, state: 'waiting' });
  }

  /**
   * Runs all steps at the same time. The process is ready afterwards.
   *
   * @param runsCode `false` skips the steps of need `code`
   */
  async warmUp(runsCode = true): Promise<void> {
    await Promise.all(this.steps.map((step) => this.runStep(step, runsCode)));
    if (this.current === 'starting') this.current = 'ready';
  }

  /**
   * Makes the process not ready. The process still serves, until load balancers send it no more
   * requests.
   */
  drain(): void {
    this.current = 'draining';
  }

  stop(): void {
    this.current = 'stopping';
  }

  private async runStep(step: Step, runsCode: boolean): Promise<void> {
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
