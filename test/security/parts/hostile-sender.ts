/**
 * A process that sends nested JSON without credentials, as fast as a line of 52 Mbit/s carries it,
 * until it is killed: `node hostile-sender.ts <url>`.
 */
import { Agent, request } from 'node:http';

const BODY_BYTES = 244 * 1024;
const BYTES_PER_SECOND = 6_500_000;
const CONNECTIONS = 8;

const [url = ''] = process.argv.slice(2);
const body = Buffer.from(`[${'[[],[]],'.repeat(BODY_BYTES / 8)}[]]`);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };

/** The sum of all bytes follows the line's speed, so a slow answer does not lower it. */
let sent = 0;
const startMs = performance.now();
let waiting = 0;
setInterval(() => {
  const due = ((performance.now() - startMs) / 1000) * BYTES_PER_SECOND;
  while (sent < due && waiting < CONNECTIONS) send();
}, 5);

function send(): void {
  sent += body.length;
  waiting += 1;
  const call = request(`${url}/webhook/customer-updated`, { method: 'POST', agent, headers });
  call.on('response', (response) => response.resume());
  call.on('error', () => undefined);
  call.on('close', () => (waiting -= 1));
  call.end(body);
}
