import { connect, type Socket } from 'node:net';
import { eventually } from './eventually.js';

/** A TCP connection that sends exactly the given bytes, and keeps what it receives. */
export class RawConnection {
  received = '';
  closed = false;
  private readonly socket: Socket;

  constructor(url: string) {
    const { port } = new URL(url);
    this.socket = connect(Number(port), '127.0.0.1');
    this.socket.on('data', (chunk) => (this.received += chunk.toString('latin1')));
    // The server may close the connection while bytes are sent, as expected.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.closed = true));
  }

  /** Sends the bytes. The promise resolves when the operating system has them. */
  send(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Reads nothing from now on. The operating systems of both sides fill their buffers. */
  stopReading(): void {
    this.socket.pause();
  }

  /** The statuses received so far. */
  statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
  }

  /** Waits for the given number of answers, `100 Continue` among them. */
  answers(count: number): Promise<number[]> {
    return eventually(() => {
      const statuses = this.statuses();
      if (statuses.length < count) throw new Error(`${statuses.length} of ${count} answers`);
      return statuses;
    });
  }

  end(): void {
    this.socket.destroy();
  }
}

/** The head of a request. */
export function head(method: string, path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: 'datadip', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
