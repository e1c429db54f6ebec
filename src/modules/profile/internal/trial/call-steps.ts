import type { Clock } from '../../../../kernel/clock.js';
import type { StepTimes } from './trial.js';

/** Measures the steps of one call. */
export class CallSteps {
  private readonly startedAtMs: number;
  private begunAtMs: number | undefined;
  private answeredAtMs: number | undefined;
  private readAtMs: number | undefined;

  constructor(private readonly clock: Clock) {
    this.startedAtMs = clock.nowMs();
  }

  /** The call begins. A repeated call begins again: the first attempt counts as waiting. */
  begun(): void {
    this.begunAtMs = this.clock.nowMs();
  }

  answered(): void {
    this.answeredAtMs = this.clock.nowMs();
  }

  read(): void {
    this.readAtMs = this.clock.nowMs();
  }

  /** The steps of a call that is over. */
  times(): StepTimes {
    const endedAtMs = this.clock.nowMs();
    const begunAtMs = this.begunAtMs ?? endedAtMs;
    const answeredAtMs = this.answeredAtMs ?? endedAtMs;
    return {
      admissionMs: tenths(begunAtMs - this.startedAtMs),
      answerMs: tenths(answeredAtMs - begunAtMs),
      readingMs: this.readAtMs === undefined ? 0 : tenths(this.readAtMs - answeredAtMs),
    };
  }
}

function tenths(ms: number): number {
  return Math.round(Math.max(0, ms) * 10) / 10;
}
