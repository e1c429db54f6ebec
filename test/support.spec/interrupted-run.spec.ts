import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processExists } from '../support/end-with-parent.js';
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

/** Returns whether a process runs. A process that is a zombie does not run. */
async function isRunning(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return processExists(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/\) [XZ]/.test(stat);
}

describe('an interrupted test run', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'leaves no worker and no paused Redis after %s',
    async (signal) => {
      const file = join(scratch, 'pids.json');
      run = childJest(['holding', 'leaving'], scratch, { HOLDING_FILE: file });
      const text = await eventually(() => readFile(file, 'utf8'), { withinMs: 60_000 });
      const { worker, redis } = JSON.parse(text) as { worker: number; redis: number };
      expect([worker !== run.pid, await isRunning(worker), await isRunning(redis)]).toEqual([true, true, true]);
      run.signal(signal);
      await run.exited;

      await eventually(async () => expect([await isRunning(worker), await isRunning(redis)]).toEqual([false, false]));
    },
    120_000,
  );
});
