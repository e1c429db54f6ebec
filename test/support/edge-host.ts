/**
 * Runs the example Worker behind a real HTTP server, with the `fetch`, `Request` and `Response` of
 * Node: `node edge-host.ts`. `EDGE_BINDINGS` holds the bindings as JSON. `"COPY_STORE": "memory"`
 * becomes a store in this process.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import worker from '../../deploy/examples/edge-worker/worker.ts';

const bindings = JSON.parse(process.env.EDGE_BINDINGS ?? '{}') as Record<string, unknown>;
const copies = new Map<string, string>();
const memory = {
  get: (key: string) => Promise.resolve(copies.get(key) ?? null),
  put: (key: string, value: string) => {
    copies.set(key, value);
    say({ msg: 'stored a copy', key, value });
    return Promise.resolve();
  },
};
if (bindings.COPY_STORE === 'memory') bindings.COPY_STORE = memory;

const execution = {
  waitUntil: (work: Promise<unknown>) => void work.catch((error: unknown) => say({ msg: String(error) })),
};

const server = createServer((incoming, outgoing) => {
  void (async () => {
    const response = await worker.fetch(requestOf(incoming), bindings, execution);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body === null) outgoing.end();
    else await pipeline(Readable.fromWeb(response.body), outgoing);
  })().catch(() => outgoing.destroy());
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  say({ msg: 'listening', port: (server.address() as AddressInfo).port });
});

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' as const } : {};
  return new Request(`https://edge.example.com${url}`, { method, headers, ...body });
}

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
