import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { bounded } from './bounded.js';

const DIES_WITHIN_MS = 20_000;

/**
 * The shell starts a watcher and then becomes the command, so the pid is the command's own. The watcher reads a pipe whose other
 * end only our process holds: a line means that all is well, the end of the pipe means that our process is gone, however it went.
 */
const ON_A_LEASH = `
scratch=$1; shift
(read -r word <&3 || { kill -9 $$; rm -rf "$scratch"; kill -9 -$$; }) >/dev/null 2>&1 &
exec "$@" 3<&-`;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface OwnedOptions {
  /** A directory of this process alone, removed for it when its owner died. */
  readonly scratch: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Where its output goes: pipes to be read, or the descriptor of an open file. */
  readonly output: 'pipe' | number;
}

/**
 * A child process that does not outlive ours.
 *
 * Promised: when our process ends, by SIGKILL too, the child is killed, stopped (SIGSTOP) or not, with all it has started, and its
 * scratch directory is removed. A Ctrl-C in the terminal does not reach it: it runs in a session of its own.
 * Not promised: the child's own children after it ended by itself. They are its business.
 */
export class OwnedProcess {
  /** Resolves when it has ended and its output has been read to the end. */
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;

  constructor(command: string, args: readonly string[], options: OwnedOptions) {
    this.child = spawn('sh', ['-c', ON_A_LEASH, 'leash', options.scratch, command, ...args], {
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

  /** Its standard output and error, in this order, when they are pipes. */
  get outputs(): Readable[] {
    return [this.child.stdout, this.child.stderr].filter((stream) => stream !== null);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it at once; also when it is stopped, or already gone. */
  async kill(): Promise<Exit> {
    if (this.running) this.child.kill('SIGKILL');
    return bounded(this.exited, DIES_WITHIN_MS, `the end of process ${this.pid}`);
  }

  private watch(): Promise<Exit> {
    const leash = this.child.stdio[3] as Writable;
    leash.on('error', () => undefined);
    this.child.once('exit', () => leash.end('ended\n', () => leash.destroy()));
    return new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }
}
