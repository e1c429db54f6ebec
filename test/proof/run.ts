import { setTimeout as sleep } from 'node:timers/promises';
import { check, type Verdict } from './check.js';
import type { Chronicle, WitnessedRead } from './chronicle.js';
import type { History } from './history.js';
import type { ProofStage } from './parts.js';
import { Traffic } from './traffic.js';
import type { FaultKind } from './faults.js';

export interface RunPlan<S extends ProofStage> {
  readonly open: () => Promise<S>;
  readonly faults: readonly FaultKind<S>[];
  /** Number of concurrent readers. */
  readonly readers: number;
  /**
   * The run ends when the checker can judge this many reads. Every fault is injected at least once.
   */
  readonly checkedReads: number;
  /** Pause after each fault, so that most reads meet healthy processes; milliseconds. */
  readonly quietMs: number;
  /** Maps the usual duration of a fault to its duration in this run. */
  readonly lastsMs: (usualMs: number) => number;
  readonly afterEachRound?: (chronicle: Chronicle) => void;
}

export interface Outcome {
  readonly chronicle: Chronicle;
  readonly history: History<WitnessedRead>;
  readonly verdict: Verdict<WitnessedRead>;
  readonly tookMs: number;
}

/**
 * Runs readers and writers on a separate stage and injects one fault after another.
 * Returns the verdict on the recorded reads.
 */
export async function run<S extends ProofStage>(plan: RunPlan<S>): Promise<Outcome> {
  const stage = await plan.open();
  const { busy, crm, quiet } = stage;
  const fromMs = performance.now();
  try {
    const traffic = new Traffic({ crm, readFrom: busy, notified: [...busy, quiet], readers: plan.readers });
    try {
      await injectUntilEnough(stage, traffic.chronicle, plan);
    } finally {
      await traffic.stop();
    }
    const { chronicle } = traffic;
    const history = { writes: crm.writes, acks: chronicle.acks, reads: chronicle.reads };
    return { chronicle, history, verdict: check(history), tookMs: performance.now() - fromMs };
  } finally {
    await stage.stop();
  }
}

async function injectUntilEnough<S extends ProofStage>(
  stage: S,
  chronicle: Chronicle,
  plan: RunPlan<S>,
): Promise<void> {
  const isEnough = (): boolean => chronicle.checkable >= plan.checkedReads;
  await sleep(plan.quietMs);
  for (let round = 1; round === 1 || !isEnough(); round += 1) {
    for (const fault of plan.faults) {
      if (round > 1 && isEnough()) return;
      await injectFault(fault, stage, chronicle, plan);
    }
    plan.afterEachRound?.(chronicle);
  }
}

async function injectFault<S extends ProofStage>(
  { name, lastsMs, inject }: FaultKind<S>,
  stage: S,
  chronicle: Chronicle,
  plan: RunPlan<S>,
): Promise<void> {
  const fromMs = performance.now();
  await inject(stage, plan.lastsMs(lastsMs));
  chronicle.faults.push({ name, fromMs, toMs: performance.now() });
  await sleep(plan.quietMs);
}
