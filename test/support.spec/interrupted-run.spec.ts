import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isKnown } from '../support/end-with-parent.js';
import { eventually } from '../support/eventually.js';
import type { OwnedProcess } from '../support/owned-process.js';
import { childJest } from './child-jest.js';

let scratch: string;
let run: OwnedProcess;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'datadip-interrupted-'));
});

afterEach(async () => {
  await run.kill();
  await rm(scratch, { recursive: true, force: true });
});

/** One that has ended, but whose parent has not noticed yet, does not run. */
async function isRunning(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return isKnown(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/\) [XZ]/.test(stat);
}

describe('a test run that is ended from outside', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'leaves neither workers nor a paused Redis after %s',
    async (signal) => {
      const file = join(scratch, 'pids.json');
      run = childJest(['holding', 'leaving'], scratch, { HOLDING_FILE: file });
      const told = await eventually(() => readFile(file, 'utf8'), { withinMs: 60_000 });
      const { worker, redis } = JSON.parse(told) as { worker: number; redis: number };
      expect([worker !== run.pid, await isRunning(worker), await isRunning(redis)]).toEqual([true, true, true]);
      run.signal(signal);
      await run.exited;

      await eventually(async () => expect([await isRunning(worker), await isRunning(redis)]).toEqual([false, false]));
    },
    120_000,
  );
});
