import type { Clock } from '../../../kernel/clock.js';
import type { GroupedCounts } from '../sampling/counts.js';
import type { ProcessSample } from '../sampling/process-sample.js';

/** A process counts as heard for this long after its last sample, in milliseconds. */
const HEARD_WITHIN_MS = 5000;
/** The page names a process that is no longer heard for this long, in milliseconds. */
const FORGOTTEN_AFTER_MS = 60_000;
/** Samples of further processes are ignored. */
const MAX_PROCESSES = 200;
/** Samples of a process that wait for their second. Older ones join the next second. */
const MAX_WAITING = 3;

interface Process {
  latest: ProcessSample;
  heardAtMs: number;
  waiting: GroupedCounts[];
}

/** A process of the region and its latest sample. */
export interface HeardProcess {
  readonly latest: ProcessSample;
  /** When the latest sample arrived, by `Clock`. */
  readonly heardAtMs: number;
  readonly isHeard: boolean;
}

/**
 * The processes whose samples arrive, with the counts that the page has not shown yet.
 *
 * Guarantees: a repeated sample counts once. Each count appears in exactly one second. The number
 * of processes and of waiting samples is bounded.
 *
 * Processes sample at different moments of a second, and their timers drift. A second takes one
 * sample of each process, so a sample that arrives a little early waits for the next second.
 * Without the wait, a process would count twice in one second and not at all in the next.
 */
export class HeardProcesses {
  private readonly processes = new Map<string, Process>();

  constructor(private readonly clock: Clock) {}

  receive(sample: ProcessSample): void {
    const heardAtMs = this.clock.nowMs();
    const known = this.processes.get(sample.process);
    if (known === undefined) {
      if (this.processes.size >= MAX_PROCESSES) return;
      this.processes.set(sample.process, { latest: sample, heardAtMs, waiting: [sample.counts] });
      return;
    }
    if (sample.number <= known.latest.number) return;
    known.latest = sample;
    known.heardAtMs = heardAtMs;
    known.waiting.push(sample.counts);
  }

  /** The counts of the next second. Forgets processes that have not been heard for a minute. */
  nextSecond(): GroupedCounts[] {
    const forgottenMs = this.clock.nowMs() - FORGOTTEN_AFTER_MS;
    const counts: GroupedCounts[] = [];
    for (const [id, process] of this.processes) {
      const surplus = Math.max(1, process.waiting.length - MAX_WAITING + 1);
      counts.push(...process.waiting.splice(0, surplus));
      if (process.heardAtMs < forgottenMs) this.processes.delete(id);
    }
    return counts;
  }

  all(): HeardProcess[] {
    const heardMs = this.clock.nowMs() - HEARD_WITHIN_MS;
    return [...this.processes.values()].map(({ latest, heardAtMs }) => ({
      ...{ latest, heardAtMs },
      isHeard: heardAtMs >= heardMs,
    }));
  }
}
