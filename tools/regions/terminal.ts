import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent } from '../../test/support/end-with-parent.js';
import { ensureFreshBuild } from '../../test/support/fresh-build.js';
import { acceptCommands } from './control.ts';
import { RunningRegions } from './running-regions.ts';

/** A terminal gets a new view each second. Another output gets one each ten seconds. */
const VIEW_EVERY_MS = 1000;
const LOG_EVERY_MS = 10_000;

/** Starts the regions, shows them, and carries out commands, until SIGINT or SIGTERM. */
export async function runUntilInterrupted(): Promise<void> {
  // If npm is ended, only its shell receives the signal, and this process does not.
  const stopWatching = process.env.npm_lifecycle_event === undefined ? () => undefined : endWithParent();
  const interrupted = interruption();
  let regions: RunningRegions | undefined;
  let stopControl: (() => Promise<void>) | undefined;
  try {
    stopControl = await acceptCommands((command) => {
      if (regions === undefined) throw new Error('the regions are starting; try again in some seconds');
      return regions.run(command);
    });
    process.stdout.write('Starting three Redis Clusters, Kafka, the sandbox and three services …\n');
    ensureFreshBuild();
    regions = await RunningRegions.start();
    if (!interrupted.aborted) await show(regions, interrupted);
    process.stdout.write('Stopping everything …\n');
  } finally {
    await stopControl?.();
    await regions?.stop();
    stopWatching();
  }
}

/** Aborts at the first SIGINT or SIGTERM. Later ones are ignored: npm repeats them. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

async function show(regions: RunningRegions, interrupted: AbortSignal): Promise<void> {
  const { isTTY } = process.stdout;
  while (!interrupted.aborted) {
    const lines = await regions.view();
    process.stdout.write(isTTY ? `\u001b[H\u001b[2J${lines.join('\n')}\n` : `${lines.join('\n')}\n\n`);
    await sleep(isTTY ? VIEW_EVERY_MS : LOG_EVERY_MS, undefined, { signal: interrupted }).catch(() => undefined);
  }
}
