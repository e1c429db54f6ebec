import { setTimeout as sleep } from 'node:timers/promises';
import { randomItem } from './random-item.js';
import { FAILING, HEALTHY } from './crm.js';
import type { ProofStage } from './parts.js';
import type { Stage } from './stage.js';

/** A kind of fault. `inject` starts the fault, waits for `lastsMs`, and ends the fault. */
export interface FaultKind<S> {
  readonly name: string;
  readonly lastsMs: number;
  readonly inject: (stage: S, lastsMs: number) => Promise<void>;
}

export const PROCESS_KILLED: FaultKind<ProofStage> = { name: 'a process killed', lastsMs: 0, inject: processKilled };

/**
 * The faults of processes on one Redis server. A lost message matters after 1.5 s, and an
 * unreachable store after 50 ms.
 */
export const FAULTS: readonly FaultKind<Stage>[] = [
  { name: 'CRM slow and failing', lastsMs: 1500, inject: crmFailing },
  { name: 'messages lost', lastsMs: 1000, inject: messagesLost },
  { name: 'messages held back', lastsMs: 2500, inject: messagesHeld },
  { name: 'one process cut off', lastsMs: 1000, inject: linkCut },
  { name: 'one process on a hanging link', lastsMs: 1200, inject: linkHanging },
  { name: 'one process on a slow link', lastsMs: 1000, inject: linkSlow },
  { name: 'Redis paused for a moment', lastsMs: 150, inject: redisPaused },
  { name: 'Redis paused', lastsMs: 1500, inject: redisPaused },
  { name: 'Redis killed, back empty', lastsMs: 300, inject: redisKilled },
  { name: 'Redis killed, back from a snapshot', lastsMs: 800, inject: redisRestored },
  { name: 'a process stalling', lastsMs: 1200, inject: processStalling },
  { name: 'a process frozen', lastsMs: 1800, inject: processFrozen },
  PROCESS_KILLED,
];

async function crmFailing({ crm }: Stage, lastsMs: number): Promise<void> {
  crm.behaviour = FAILING;
  await sleep(lastsMs);
  crm.behaviour = HEALTHY;
}

async function messagesLost({ messages }: Stage, lastsMs: number): Promise<void> {
  messages.refuse();
  await sleep(lastsMs);
  messages.pass();
}

async function messagesHeld({ messages }: Stage, lastsMs: number): Promise<void> {
  messages.hold();
  await sleep(lastsMs);
  messages.pass();
}

async function linkCut({ link }: Stage, lastsMs: number): Promise<void> {
  await link.refuse();
  await sleep(lastsMs);
  await link.pass();
}

async function linkHanging({ link }: Stage, lastsMs: number): Promise<void> {
  await link.hang();
  await sleep(lastsMs);
  await link.pass();
}

/** First a delay that the store timeout still allows, then a longer one. */
async function linkSlow({ link }: Stage, lastsMs: number): Promise<void> {
  await link.delay(15);
  await sleep(lastsMs / 2);
  await link.delay(40);
  await sleep(lastsMs / 2);
  await link.pass();
}

async function redisPaused({ redis }: Stage, lastsMs: number): Promise<void> {
  await redis.pause();
  await sleep(lastsMs);
  redis.resume();
}

async function redisKilled({ redis }: Stage, lastsMs: number): Promise<void> {
  await redis.kill();
  await sleep(lastsMs);
  await redis.restart();
}

/** The snapshot lacks every invalidation that was acknowledged after it. */
async function redisRestored({ redis }: Stage, lastsMs: number): Promise<void> {
  await redis.snapshot();
  await sleep(lastsMs);
  await redis.kill();
  await redis.restartFromSnapshot();
}

/**
 * Stalls like a garbage collection, or like a busy neighbour on the same machine.
 * Each stall is slightly longer than a command may take.
 */
async function processStalling({ busy }: Stage, lastsMs: number): Promise<void> {
  const service = randomItem(busy);
  for (const untilMs = performance.now() + lastsMs; performance.now() < untilMs;) {
    service.freeze();
    await sleep(70);
    service.thaw();
    await sleep(70);
  }
}

async function processFrozen({ busy }: Stage, lastsMs: number): Promise<void> {
  const service = randomItem(busy);
  service.freeze();
  await sleep(lastsMs);
  service.thaw();
}

async function processKilled({ busy }: ProofStage): Promise<void> {
  const service = randomItem(busy);
  await service.kill();
  await service.launch();
}
