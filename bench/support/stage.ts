import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathOf } from './tools.ts';

/**
 * The measured server runs alone on the first core. Callers, Redis and the origin share the second.
 */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Longer than the 10 s in which a Datadip process drains. */
const STOPS_WITHIN_MS = 13_000;

/** A herd needs thousands of sockets. If the hard limit is lower, the callers report failures. */
const OPEN_FILES = 20_000;

export interface Part {
  /** Unique on its stage. It names the output file. */
  readonly name: string;
  readonly core: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

export interface Actor {
  readonly pid: number;
  readonly running: boolean;
  /** The file for both outputs, as in production. A pipe would cost the bench processor time. */
  readonly outputFile: string;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Holds the processes that a bench has started.
 *
 * Guarantees:
 * - After `end` no started process runs and the scratch directory is deleted.
 * - If the bench process dies, even by SIGKILL, the kernel kills all started processes.
 * - A Ctrl-C in the terminal reaches only the bench process, which then ends the stage.
 */
export class Stage {
  readonly scratch = mkdtempSync(join(tmpdir(), 'datadip-bench-'));
  private readonly actors: Actor[] = [];

  start(part: Part): Actor {
    const outputFile = join(this.scratch, `${part.name}.log`);
    const output = openSync(outputFile, 'w');
    const line = `ulimit -n ${OPEN_FILES} 2>/dev/null; exec "$@"`;
    const words = ['--pdeathsig', 'KILL', 'sh', '-c', line, part.name, 'taskset', '-c', `${part.core}`, part.command];
    const child = spawn(pathOf('setpriv'), [...words, ...part.args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...part.env },
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const actor = actorOf(child, outputFile);
    this.actors.push(actor);
    return actor;
  }

  /** Waits until `check` no longer throws. The error contains the end of the process output. */
  async until(actor: Actor, check: () => Promise<unknown>, withinMs = 15_000): Promise<void> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      try {
        await check();
        return;
      } catch (cause) {
        const output = readFileSync(actor.outputFile, 'utf8').slice(-2000);
        if (!actor.running || performance.now() > untilMs)
          throw new Error(`a process did not start:\n${output}`, { cause });
      }
      await delay(20);
    }
  }

  async end(): Promise<void> {
    for (const actor of this.actors.reverse()) await actor.stop();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

function actorOf(child: ChildProcess, outputFile: string): Actor {
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    outputFile,
    exited,
    get running() {
      return running();
    },
    stop: async () => {
      if (!running()) return;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS);
      await exited.finally(() => clearTimeout(killer));
    },
  };
}
