import { createServer, Socket, type Server } from 'node:net';
import { listenPrivately } from '../support/private-port.js';

type Mode = 'through' | 'held' | 'refused';

/**
 * Stands between one process and Redis, and breaks only the connection on which messages come: commands pass in every mode. What the
 * process reads is then right, and what it is not told of is all it gets wrong.
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

  /** Messages are kept back, all of them and in their order, until they may pass; the connection looks well. */
  hold(): void {
    this.mode = 'held';
  }

  /** The connection breaks, and every new one as soon as it listens for messages. */
  refuse(): void {
    this.mode = 'refused';
    for (const wire of this.wires) if (wire.listens) wire.destroy();
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

/** One connection, both ways. It is known to be for messages once it has subscribed to them. */
class Wire {
  listens = false;
  private readonly upstream: Socket;
  private readonly kept: Buffer[] = [];

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
    client.on('data', (bytes) => this.ask(bytes));
    this.upstream.on('data', (bytes) => this.tell(bytes));
  }

  flush(): void {
    for (const bytes of this.kept.splice(0)) this.client.write(bytes);
  }

  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  private ask(bytes: Buffer): void {
    this.listens ||= bytes.includes('subscribe');
    if (this.listens && this.mode() === 'refused') this.destroy();
    else this.upstream.write(bytes);
  }

  private tell(bytes: Buffer): void {
    if (this.listens && this.mode() === 'held') this.kept.push(bytes);
    else this.client.write(bytes);
  }
}
