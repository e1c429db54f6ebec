import { Agent, request } from 'node:http';

/** After so many the engine has compiled what a request runs through. Measured: see bench/README.md. */
const REQUESTS = 1000;
const CONNECTIONS = 16;
/** On a slow machine less must do. */
const FOR_AT_MOST_MS = 1000;
const TIMEOUT_MS = 500;

/** A request of this process to itself, over a real socket. */
export interface SelfRequest {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Asks the same again and again, so that the first caller does not wait for code to be compiled. Rejects when it is not answered. */
export async function askItself(self: SelfRequest): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const untilMs = performance.now() + FOR_AT_MOST_MS;
  let left = REQUESTS;
  const oneAfterAnother = async (): Promise<void> => {
    while (left-- > 0 && performance.now() < untilMs) await askOnce(self, agent);
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, oneAfterAnother));
  } finally {
    agent.destroy();
  }
}

function askOnce({ port, host, path, headers, body }: SelfRequest, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host, port, path, method: 'POST', headers, timeout: TIMEOUT_MS }, (answer) => {
      answer.resume().once('end', resolve).once('error', reject);
    });
    asked.once('timeout', () => asked.destroy(new Error('no answer to itself'))).once('error', reject);
    asked.end(body);
  });
}
