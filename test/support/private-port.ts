import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * The first private port. The private range is below the range for outgoing connections (from 32768
 * on Linux). So the port of a killed server or a refusing proxy is still free when its owner
 * returns. The 10,000 ports above the private range are for cluster buses.
 */
const FIRST_PORT = 11_000;
const LANES = 5;
const LANE_PORTS = 2000;
const ATTEMPTS = 20;

/**
 * The ports of one process of the runner. If two processes shared a range, a process could take a
 * port that the other has closed for a while. A random choice in one range has the same problem.
 */
export class PortLane {
  private readonly first: number;
  /** The start is random, so that another run on this machine starts at another port. */
  private picked = randomInt(LANE_PORTS);

  /** @param worker - the worker number of Jest; `undefined` in the runner's own process */
  constructor(worker: string | undefined) {
    this.first = FIRST_PORT + (Number(worker ?? 0) % LANES) * LANE_PORTS;
  }

  next(): number {
    this.picked = (this.picked + 1) % LANE_PORTS;
    return this.first + this.picked;
  }
}

const lane = new PortLane(process.env.JEST_WORKER_ID);

/** Listens on a loopback port of the private range, or again on `port`. */
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

/**
 * Returns a port that was free a moment ago. Another process may take it first, so the caller must
 * be able to try another port.
 */
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
  // `instanceof Error` fails here: inside Jest, the errors of Node come from another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'EADDRINUSE' || error.code === 'EACCES';
}
