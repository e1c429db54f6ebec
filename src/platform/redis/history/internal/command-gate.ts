import type { Command, Redis } from 'ioredis';
import type { Clock } from '../../../../kernel/clock.js';

/** Commands that read and write no key. These commands pass while the gate is shut. */
const PASSES: ReadonlySet<string> = new Set([
  ...['info', 'cluster', 'ping', 'auth', 'hello', 'select', 'client', 'readonly', 'readwrite', 'asking', 'command'],
  ...['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe', 'publish', 'spublish'],
  ...['quit', 'reset', 'role', 'wait', 'config', 'acl'],
]);
/**
 * The most commands that wait at the gate. A busy process sends fewer in the time limit of one
 * command. Further commands are refused.
 */
const MAX_HELD = 10_000;
const CHECK_AGAIN_AFTER_MS = 50;

type Stream = Parameters<Redis['sendCommand']>[1];

interface Held {
  readonly command: Command;
  readonly stream: Stream;
  readonly atMs: number;
  readonly epoch: number;
}

export interface CommandGateOptions {
  readonly clock: Clock;
  /**
   * The longest time that a command waits at the gate, in milliseconds. Its caller does not wait
   * longer.
   */
  readonly holdMs: number;
  /** A number that changes when the store has lost data. */
  readonly epoch: () => number;
  /**
   * Checks the server behind the connection. `open`: the gate opens. `once`: only the waiting
   * commands pass. The server is then a replica, which redirects them to its master. A check that
   * rejects is repeated.
   */
  readonly check: (gate: CommandGate) => Promise<'open' | 'once'>;
}

/**
 * Lets no command through to a server before the server is checked.
 *
 * Race it prevents:
 * 1. The server restarts from a snapshot, and the client connects again.
 * 2. A read is sent before the process has noticed that the data is old.
 * So the gate is shut from the end of a connection until the check of the next connection. Commands
 * wait at the gate while the check runs, but no longer than their caller waits.
 */
export class CommandGate {
  private isOpen = false;
  private checking = false;
  private held: Held[] = [];
  /**
   * The number of connections that have ended. The result of a check counts only if no connection
   * has ended since the check began.
   */
  private connections = 0;
  private readonly send: Redis['sendCommand'];

  constructor(
    readonly node: Redis,
    private readonly options: CommandGateOptions,
  ) {
    this.send = node.sendCommand.bind(node);
    node.sendCommand = (command, stream) =>
      this.isOpen || node.status !== 'ready' || PASSES.has(command.name)
        ? this.send(command, stream)
        : this.hold(command, stream);
    node.on('ready', () => void this.check());
    node.on('close', () => this.shut());
    node.on('end', () => this.shut());
  }

  get isChecked(): boolean {
    return this.isOpen;
  }

  /** Runs a command past the gate, for the check. */
  pass<T>(command: (node: Redis) => T): T {
    const was = this.isOpen;
    this.isOpen = true;
    try {
      // The client sends at once, so no other command can slip through.
      return command(this.node);
    } finally {
      this.isOpen = was;
    }
  }

  /** Shuts the gate until the server is checked again, at the next command. */
  distrust(): void {
    this.isOpen = false;
  }

  private hold(command: Command, stream: Stream): unknown {
    if (this.held.length >= MAX_HELD) command.reject(new Error('too many commands wait for the check of the server'));
    else {
      const { clock, epoch } = this.options;
      this.held.push({ command, stream, atMs: clock.nowMs(), epoch: epoch() });
    }
    void this.check();
    return command.promise;
  }

  private async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    while (this.node.status === 'ready') {
      const { connections } = this;
      const result = await this.options.check(this).catch(() => undefined);
      if (result !== undefined && connections === this.connections) {
        this.isOpen = result === 'open';
        this.flush();
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, CHECK_AGAIN_AFTER_MS).unref());
    }
    this.checking = false;
  }

  /**
   * Sends the waiting commands. A command whose caller has given up must not be executed any more.
   * If the store has lost data in between, a read has an old floor, and would return entries that
   * must not be served. Both kinds are rejected.
   */
  private flush(): void {
    const { clock, holdMs, epoch: epochNow } = this.options;
    const [epoch, nowMs] = [epochNow(), clock.nowMs()];
    const held = this.held;
    this.held = [];
    for (const { command, stream, ...was } of held) {
      if (nowMs - was.atMs < holdMs && was.epoch === epoch) this.send(command, stream);
      else command.reject(new Error('the server was not checked in time'));
    }
  }

  private shut(): void {
    this.isOpen = false;
    this.connections += 1;
    const held = this.held;
    this.held = [];
    for (const { command } of held) command.reject(new Error('the connection ended before the server was checked'));
  }
}
