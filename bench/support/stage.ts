import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathOf } from './tools.ts';

/** Whoever is measured runs on the first core, alone; callers, Redis and the origin share the second. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Longer than the 10 s a datadip process gives itself to drain. */
const STOPS_WITHIN_MS = 13_000;

/** Sockets are files: a herd has thousands. Where the hard limit is lower, the failures of the callers show it. */
const OPEN_FILES = 20_000;

export interface Part {
  /** Unique on its stage; names its output file. */
  readonly name: string;
  readonly core: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

export interface Actor {
  readonly pid: number;
  readonly running: boolean;
  /** The file its two outputs go to, as in production: a pipe would make us work for it. */
  readonly outputFile: string;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Holds what a bench has started.
 *
 * Promised: after `end` nothing of it runs and its scratch directory is gone; when this process dies, by SIGKILL too, the kernel
 * kills what it has started. A Ctrl-C in the terminal reaches this process alone, which then ends the stage.
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

  /** Waits until `check` no longer throws; the error names the part and quotes the end of its output. */
  async until(actor: Actor, check: () => Promise<unknown>, withinMs = 15_000): Promise<void> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      try {
        await check();
        return;
      } catch (cause) {
        const said = readFileSync(actor.outputFile, 'utf8').slice(-2000);
        if (!actor.running || performance.now() > untilMs) throw new Error(`It did not start:\n${said}`, { cause });
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
