import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the range that systems hand out to outgoing connections (from 32768 on Linux): a port given up for a while, by a killed
 * server or a refusing proxy, is still free when its owner comes back. The 10,000 ports above are left to cluster buses.
 */
const FIRST_PORT = 11_000;
const LANES = 5;
const LANE_PORTS = 2000;
const ATTEMPTS = 20;

/**
 * The ports of one process of the runner. Two that picked from the same ones would take, now and then, what the other has given up for
 * a while; and so would one that picks at random after itself.
 */
export class PortLane {
  private readonly first: number;
  /** Another run on this machine began elsewhere. */
  private picked = randomInt(LANE_PORTS);

  /** @param worker - its number as Jest has it; the runner's own process has none */
  constructor(worker: string | undefined) {
    this.first = FIRST_PORT + (Number(worker ?? 0) % LANES) * LANE_PORTS;
  }

  next(): number {
    this.picked = (this.picked + 1) % LANE_PORTS;
    return this.first + this.picked;
  }
}

const lane = new PortLane(process.env.JEST_WORKER_ID);

/** Listens on a loopback port of the private range, or on `port` when the server had one before. */
export async function listenPrivately(server: Server, port?: number): Promise<number> {
  if (port !== undefined) {
    await listen(server, port);
    return port;
  }
  for (let attempt = 1; ; attempt += 1) {
    const candidate = lane.next();
    try {
      await listen(server, candidate);
      return candidate;
    } catch (error) {
      if (attempt === ATTEMPTS || !isTaken(error)) throw error;
    }
  }
}

/** A port that was free a moment ago. Another process may take it first, so its user must be ready to try again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenPrivately(server);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isTaken(error: unknown): boolean {
  // Not `instanceof Error`: inside Jest an error of Node's own comes from another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'EADDRINUSE' || error.code === 'EACCES';
}
