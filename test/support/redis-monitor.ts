import type { Redis } from 'ioredis';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.js';

export interface MonitoredCommand {
  /** `true` means that a script ran the command. */
  readonly isFromScript: boolean;
  readonly args: readonly string[];
}

const LINE = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/;

const END = 'end of the recording';

/** Returns the commands of all clients that the server executes during the operation. */
export async function monitored(client: Redis, operation: () => Promise<unknown>): Promise<MonitoredCommand[]> {
  const monitor = await RedisMonitor.start(client.options.port ?? 6379);
  try {
    await operation();
    await client.call('ECHO', END);
    return await eventually(() => monitor.commandsUpTo(END));
  } finally {
    monitor.stop();
  }
}

/**
 * Records the commands that a server executes. It reads the socket itself: the monitor of ioredis
 * fails if a command arrives together with the reply to `MONITOR`.
 */
class RedisMonitor {
  readonly commands: MonitoredCommand[] = [];

  private constructor(private readonly socket: Socket) {
    createInterface(socket).on('line', (line) => {
      const [, source = '', text] = LINE.exec(line) ?? [];
      if (text === undefined) return;
      const args = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, arg = '']) => arg);
      this.commands.push({ isFromScript: source === 'lua', args });
    });
  }

  static async start(port: number): Promise<RedisMonitor> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('MONITOR\r\n');
    const monitor = new RedisMonitor(socket);
    await once(socket, 'data');
    return monitor;
  }

  /** Other clients, such as a health check, may send commands after the end. */
  commandsUpTo(word: string): MonitoredCommand[] {
    const end = this.commands.findIndex(({ args }) => args[1] === word);
    if (end < 0) throw new Error(`the server has not executed ECHO ${word}`);
    return this.commands.slice(0, end);
  }

  stop(): void {
    this.socket.destroy();
  }
}
