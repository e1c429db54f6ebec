import { setTimeout as sleep } from 'node:timers/promises';
import { check, type Verdict } from './check.js';
import type { Chronicle, WitnessedRead } from './chronicle.js';
import type { History } from './history.js';
import { openStage, type Stage } from './stage.js';
import { Traffic } from './traffic.js';
import { TROUBLES, type TroubleMaker } from './troubles.js';

export interface RunPlan {
  /** How many ask at one time. */
  readonly readers: number;
  /** It goes on until so many reads could be checked; every trouble is made at least once. */
  readonly checkedReads: number;
  /** After each trouble, so that most reads find everything well. */
  readonly quietMs: number;
  /** How long a trouble of a usual length lasts this time. */
  readonly lastsMs: (usualMs: number) => number;
  readonly afterEachRound?: (chronicle: Chronicle) => void;
}

export interface Outcome {
  readonly chronicle: Chronicle;
  readonly history: History<WitnessedRead>;
  readonly verdict: Verdict<WitnessedRead>;
  readonly tookMs: number;
}

/** Readers and writers on a stage of their own, one trouble after another, and the verdict on what they saw. */
export async function run(plan: RunPlan): Promise<Outcome> {
  const stage = await openStage();
  const { busy, crm, quiet } = stage;
  const fromMs = performance.now();
  try {
    const traffic = new Traffic({ crm, asked: busy, told: [...busy, quiet], readers: plan.readers });
    try {
      await troubleUntilEnough(stage, traffic.chronicle, plan);
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

async function troubleUntilEnough(stage: Stage, chronicle: Chronicle, plan: RunPlan): Promise<void> {
  const isEnough = (): boolean => chronicle.checkable >= plan.checkedReads;
  await sleep(plan.quietMs);
  for (let round = 1; round === 1 || !isEnough(); round += 1) {
    for (const trouble of TROUBLES) {
      if (round > 1 && isEnough()) return;
      await makeOne(trouble, stage, chronicle, plan);
    }
    plan.afterEachRound?.(chronicle);
  }
}

async function makeOne({ name, lastsMs, make }: TroubleMaker, stage: Stage, chronicle: Chronicle, plan: RunPlan) {
  const fromMs = performance.now();
  await make(stage, plan.lastsMs(lastsMs));
  chronicle.troubles.push({ name, fromMs, toMs: performance.now() });
  await sleep(plan.quietMs);
}
