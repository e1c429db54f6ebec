import { setTimeout as sleep } from 'node:timers/promises';
import { anyOf } from './any-of.js';
import { SICK, WELL } from './crm.js';
import type { Stage } from './stage.js';

/** One kind of trouble: makes it, lets it last, ends it. */
export interface TroubleMaker {
  readonly name: string;
  readonly lastsMs: number;
  readonly make: (stage: Stage, lastsMs: number) => Promise<void>;
}

/** Every kind there is. A lost message matters from 1.5 s on, a store that is away from 50 ms. */
export const TROUBLES: readonly TroubleMaker[] = [
  { name: 'CRM slow and failing', lastsMs: 1500, make: sickCrm },
  { name: 'messages lost', lastsMs: 1000, make: messagesLost },
  { name: 'messages held back', lastsMs: 2500, make: messagesHeld },
  { name: 'one process cut off', lastsMs: 1000, make: linkCut },
  { name: 'one process on a hanging link', lastsMs: 1200, make: linkHanging },
  { name: 'one process on a slow link', lastsMs: 1000, make: linkSlow },
  { name: 'Redis paused for a moment', lastsMs: 150, make: redisPaused },
  { name: 'Redis paused', lastsMs: 1500, make: redisPaused },
  { name: 'Redis killed, back empty', lastsMs: 300, make: redisKilled },
  { name: 'a process stalling', lastsMs: 1200, make: processStalling },
  { name: 'a process frozen', lastsMs: 1800, make: processFrozen },
  { name: 'a process killed', lastsMs: 0, make: processKilled },
];

async function sickCrm({ crm }: Stage, lastsMs: number): Promise<void> {
  crm.mood = SICK;
  await sleep(lastsMs);
  crm.mood = WELL;
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

/** As slow as the store may just be, and slower. */
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

/** As a collector of garbage does it, or a neighbour on the same machine: each time a little longer than a command may take. */
async function processStalling({ busy }: Stage, lastsMs: number): Promise<void> {
  const service = anyOf(busy);
  for (const untilMs = performance.now() + lastsMs; performance.now() < untilMs;) {
    service.freeze();
    await sleep(70);
    service.thaw();
    await sleep(70);
  }
}

async function processFrozen({ busy }: Stage, lastsMs: number): Promise<void> {
  const service = anyOf(busy);
  service.freeze();
  await sleep(lastsMs);
  service.thaw();
}

async function processKilled({ busy }: Stage): Promise<void> {
  const service = anyOf(busy);
  await service.kill();
  await service.launch();
}
