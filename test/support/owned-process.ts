import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { bounded } from './bounded.js';
import { pauseProcess } from './paused-process.js';

const DIES_WITHIN_MS = 20_000;

/**
 * The shell starts a watcher and then becomes the command, so that the pid is that of the command.
 * The watcher reads a pipe whose other end only this process holds. A line means that the command
 * has ended. The end of the pipe means that this process has ended.
 */
const WATCHED_COMMAND = `
scratch=$1; shift
(read -r word <&3 || { kill -9 $$; rm -rf "$scratch"; kill -9 -$$; }) >/dev/null 2>&1 &
exec "$@" 3<&-`;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface OwnedOptions {
  /** A directory that only this process uses. The watcher removes it if the owner has ended. */
  readonly scratch: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The target of the output: `pipe` for readable streams, or the descriptor of an open file. */
  readonly output: 'pipe' | number;
}

/**
 * A child process that does not outlive this process.
 *
 * Guarantees: when this process ends, also by SIGKILL, the child and its children are killed. That
 * includes a child that is stopped by SIGSTOP. The scratch directory is removed. A Ctrl-C in the
 * terminal does not reach the child, because the child has its own session.
 *
 * Does not guarantee: the end of the child's children if the child ends before this process.
 */
export class OwnedProcess {
  /** Resolves when the child has ended and its output is complete. */
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;

  constructor(command: string, args: readonly string[], options: OwnedOptions) {
    this.child = spawn('sh', ['-c', WATCHED_COMMAND, 'watcher', options.scratch, command, ...args], {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', options.output, options.output, 'pipe'],
    });
    this.exited = this.watch();
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process was never started');
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The standard output and standard error of the child, if they are pipes. */
  get outputs(): Readable[] {
    return [this.child.stdout, this.child.stderr].filter((stream) => stream !== null);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Stops the child like a machine that hangs: its connections stay open without an answer. */
  pause(): Promise<void> {
    return pauseProcess(this.pid);
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  /** Kills the child, also if it is stopped. Does nothing if the child has ended. */
  async kill(): Promise<Exit> {
    if (this.running) this.child.kill('SIGKILL');
    return bounded(this.exited, DIES_WITHIN_MS, `the end of process ${this.pid}`);
  }

  private watch(): Promise<Exit> {
    const ownerPipe = this.child.stdio[3] as Writable;
    ownerPipe.on('error', () => undefined);
    this.child.once('exit', () => ownerPipe.end('ended\n', () => ownerPipe.destroy()));
    return new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }
}
