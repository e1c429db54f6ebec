import { Agent, request } from 'node:http';

/** Chosen, not measured: the engine compiles what ran some hundred times. */
const REQUESTS = 2000;
/** At a time, and as many ask for the same. */
const CONNECTIONS = 24;
/** Every so many the connections are new ones: a herd comes on its own. */
const REQUESTS_A_CONNECTION = 4;
/** On a slow machine less must do. */
const FOR_AT_MOST_MS = 1500;
const TIMEOUT_MS = 2000;

/** A request of this process to itself, over a real socket. */
export interface SelfRequest {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Those of one herd ask for the same. */
  readonly body: (herd: number) => string;
}

/** Asks again and again, so that the first caller does not wait for code to be compiled. Rejects when it is not answered. */
export async function requestItself(self: SelfRequest): Promise<void> {
  const untilMs = performance.now() + FOR_AT_MOST_MS;
  for (let asked = 0; asked < REQUESTS && performance.now() < untilMs; asked += CONNECTIONS * REQUESTS_A_CONNECTION) {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    try {
      await Promise.all(Array.from({ length: CONNECTIONS }, () => askInTurn(self, agent, asked)));
    } finally {
      agent.destroy();
    }
  }
}

async function askInTurn(self: SelfRequest, agent: Agent, herd: number): Promise<void> {
  for (let turn = 0; turn < REQUESTS_A_CONNECTION; turn++) await askOnce(self, agent, herd + turn);
}

function askOnce({ port, host, path, headers, body }: SelfRequest, agent: Agent, herd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host, port, path, method: 'POST', headers, timeout: TIMEOUT_MS }, (answer) => {
      answer.resume().once('end', resolve).once('error', reject);
    });
    asked.once('timeout', () => asked.destroy(new Error('no answer to itself'))).once('error', reject);
    asked.end(body(herd));
  });
}
