import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface MonitoredCommand {
  /** `true` means that a script ran the command. */
  readonly isFromScript: boolean;
  readonly args: readonly string[];
}

const LINE = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/;

/**
 * Records the commands that a server executes. It reads the socket itself: the monitor of ioredis
 * fails if a command arrives together with the reply to `MONITOR`.
 */
export class RedisMonitor {
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

  stop(): void {
    this.socket.destroy();
  }
}
