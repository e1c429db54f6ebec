import { readdir, readFile } from 'node:fs/promises';
import { eventually } from './eventually.js';

const STOPS_WITHIN_MS = 10_000;

/**
 * Stops a process by SIGSTOP, and waits until each of its threads has stopped.
 *
 * Race it prevents: the signal stops the process only when one of its threads takes it. With busy
 * cores, the other threads ran for up to 30 ms more (Linux, two cores, eight busy processes). A
 * server would still answer in this time.
 */
export async function pauseProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  if (process.platform !== 'linux') return;
  await eventually(
    async () => {
      const threads = await readdir(`/proc/${pid}/task`);
      const stats = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')));
      // Z: a child that has ended stays a zombie while its parent is stopped.
      if (!stats.every((stat) => /\) [TtZ] /.test(stat))) throw new Error(`process ${pid} has not stopped`);
    },
    { withinMs: STOPS_WITHIN_MS },
  );
}
