import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../kernel/clock.js';
import { processorMs, repeatWhileFaster } from '../../kernel/repeat-while-faster.js';
import type { CallMetrics } from '../call-tracker.js';
import { HttpDriver } from './http-driver.js';
import { systemRoute } from './route.js';

const CALLS_PER_ROUND = 4;
const MAX_ROUNDS = 10;
const MAX_DURATION_MS = 500;
const TIMEOUT_MS = 1000;
const ANSWER = JSON.stringify({ results: [{ id: 'warm-up' }] });
const LIMITS = {
  ...{ maxConcurrent: CALLS_PER_ROUND, maxPerSecond: undefined, maxPerMinute: undefined, queueMs: 0 },
  ...{ adaptive: false, backgroundShare: 1, schedule: [] },
};

const CREDENTIALS = { headers: {}, tokenNumber: undefined };
const UNCOUNTED: CallMetrics = {
  systemDeclared: () => undefined,
  callStarted: () => undefined,
  callEnded: () => undefined,
  callAnswered: () => undefined,
};

/**
 * Calls a server in this process through the driver of systems, until a further round is not
 * faster. The first caller then does not wait until the code of a call is compiled.
 *
 * Guarantees: no system of record is called, no metric of the process changes, and the server is
 * gone afterwards.
 */
export async function warmUpCalls(clock: Clock): Promise<void> {
  const server = await listening();
  try {
    const { port } = server.address() as AddressInfo;
    const system = { name: 'warm-up', baseUrl: `http://127.0.0.1:${port}`, timeoutMs: TIMEOUT_MS, limits: LIMITS };
    const route = systemRoute({ ...system, tls: undefined });
    const driver = new HttpDriver({ ...system, charset: undefined }, route, clock, UNCOUNTED);
    try {
      await repeatWhileFaster(() => callOften(driver), {
        ...{ maxRounds: MAX_ROUNDS, maxMs: MAX_DURATION_MS },
        ...{ nowMs: () => clock.nowMs(), spentMs: processorMs },
      });
    } finally {
      driver.close();
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function callOften(driver: HttpDriver): Promise<void> {
  const request = { kind: 'http', method: 'GET', pathAndQuery: '/', body: undefined } as const;
  for (let call = 0; call < CALLS_PER_ROUND; call++) await driver.begin(request, CREDENTIALS, TIMEOUT_MS).answer;
}

function listening(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}
