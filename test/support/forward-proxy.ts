import { createServer, type IncomingMessage, request } from 'node:http';
import net from 'node:net';
import { listenPrivately } from './private-port.js';

/**
 * A forward proxy. Every host name leads to this machine, so a test shows that the proxy resolves
 * names, and that no name is resolved before.
 */
export class TestForwardProxy {
  /** Targets of `CONNECT`, and addresses of plain requests, in the order of arrival. */
  readonly asked: string[] = [];
  readonly credentials: (string | undefined)[] = [];
  /** The status of the next answers. `undefined`: the proxy connects. 0: it stays silent. */
  status: number | undefined;
  /** Closes the connection in the middle of its answer. */
  breaks = false;
  private readonly sockets = new Set<net.Socket>();
  private port = 0;
  private readonly server = createServer((asking, answer): unknown => {
    this.note(asking, asking.url ?? '');
    if (this.status === 0) return undefined;
    if (this.status !== undefined) return answer.writeHead(this.status).end();
    const { pathname, search, port } = new URL(asking.url ?? '');
    const { 'proxy-authorization': _own, ...headers } = asking.headers;
    const onward = request({ port, path: pathname + search, method: asking.method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    return asking.pipe(onward);
  });

  static async start(): Promise<TestForwardProxy> {
    const proxy = new TestForwardProxy();
    proxy.server.on('connection', (socket) => proxy.keep(socket));
    proxy.server.on('connect', (asking, socket: net.Socket) => proxy.connect(asking, socket));
    proxy.port = await listenPrivately(proxy.server);
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private connect(asking: IncomingMessage, socket: net.Socket): void {
    const target = asking.url ?? '';
    this.note(asking, target);
    if (this.status === 0) return;
    if (this.breaks) return void socket.end('HTTP/1.1 2');
    if (this.status !== undefined) return void socket.end(`HTTP/1.1 ${this.status} No\r\nContent-Length: 0\r\n\r\n`);
    const inside = net.connect(Number(target.split(':').at(-1)), '127.0.0.1', () =>
      socket.write('HTTP/1.1 200 Connected\r\n\r\n'),
    );
    this.keep(inside);
    inside.pipe(socket).pipe(inside);
  }

  private note({ headers }: IncomingMessage, target: string): void {
    this.asked.push(target);
    this.credentials.push(headers['proxy-authorization']);
  }

  private keep(socket: net.Socket): void {
    this.sockets.add(socket.on('error', () => undefined));
    socket.once('close', () => this.sockets.delete(socket));
  }
}
