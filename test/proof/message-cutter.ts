import { createServer, Socket, type Server } from 'node:net';
import { listenPrivately } from '../support/private-port.js';

type Mode = 'through' | 'held' | 'refused';

/**
 * A proxy between one process and Redis that disturbs only the subscribed connection.
 * Commands pass in every mode, so the process misses messages but reads correct values.
 */
export class MessageCutter {
  private readonly server: Server = createServer((client) => this.accept(client));
  private readonly wires = new Set<Wire>();
  private mode: Mode = 'through';
  private port = 0;

  private constructor(private readonly targetPort: number) {}

  static async start(targetPort: number): Promise<MessageCutter> {
    const cutter = new MessageCutter(targetPort);
    cutter.port = await listenPrivately(cutter.server);
    return cutter;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  pass(): void {
    this.mode = 'through';
    for (const wire of this.wires) wire.flush();
  }

  /** Holds all messages in order until `pass`. The connection stays open. */
  hold(): void {
    this.mode = 'held';
  }

  /** Breaks the subscribed connection, and every new connection as soon as it subscribes. */
  refuse(): void {
    this.mode = 'refused';
    for (const wire of this.wires) if (wire.isSubscribed) wire.destroy();
  }

  async stop(): Promise<void> {
    for (const wire of this.wires) wire.destroy();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private accept(client: Socket): void {
    const wire = new Wire(client, this.targetPort, () => this.mode);
    this.wires.add(wire);
    client.once('close', () => this.wires.delete(wire));
  }
}

/**
 * A connection in both directions. It counts as a message connection after its first `subscribe`.
 */
class Wire {
  isSubscribed = false;
  private readonly upstream: Socket;
  private readonly heldBytes: Buffer[] = [];

  constructor(
    private readonly client: Socket,
    targetPort: number,
    private readonly mode: () => Mode,
  ) {
    this.upstream = new Socket().connect(targetPort, '127.0.0.1');
    for (const socket of [client, this.upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
      socket.on('close', () => this.destroy());
    }
    client.on('data', (bytes) => this.forwardCommand(bytes));
    this.upstream.on('data', (bytes) => this.forwardReply(bytes));
  }

  flush(): void {
    for (const bytes of this.heldBytes.splice(0)) this.client.write(bytes);
  }

  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  private forwardCommand(bytes: Buffer): void {
    this.isSubscribed ||= bytes.includes('subscribe');
    if (this.isSubscribed && this.mode() === 'refused') this.destroy();
    else this.upstream.write(bytes);
  }

  private forwardReply(bytes: Buffer): void {
    if (this.isSubscribed && this.mode() === 'held') this.heldBytes.push(bytes);
    else this.client.write(bytes);
  }
}
