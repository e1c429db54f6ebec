import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { DIST } from './places.ts';
import { LOAD_CORE, type Actor, type Stage } from './stage.ts';

export interface Origin {
  readonly actor: Actor;
  readonly url: string;
  /** Sets switches of the sandbox; `src/sandbox/README.md` lists them. */
  behave(switches: Readonly<Record<string, unknown>>): Promise<void>;
  /** The number of calls since the last `forget`. */
  calls(): Promise<number>;
  /** The number of calls in flight. */
  inFlight(): Promise<number>;
  forget(): Promise<void>;
}

/** Starts the sandbox as the origin. It answers immediately until `behave` changes that. */
export async function startOrigin(stage: Stage, name = 'origin'): Promise<Origin> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const actor = stage.start({
    name,
    core: LOAD_CORE,
    command: process.execPath,
    args: [join(DIST, 'sandbox/main.js')],
    env: { SANDBOX_PORT: `${port}` },
  });
  const origin: Origin = {
    actor,
    url,
    behave: async (switches) => {
      await control(`${url}/sandbox/behaviour`, 'PUT', switches);
    },
    calls: async () => ((await control(`${url}/sandbox/stats`, 'GET')) as { calls: number }).calls,
    inFlight: async () => ((await control(`${url}/sandbox/stats`, 'GET')) as { inFlight: number }).inFlight,
    forget: async () => {
      await control(`${url}/sandbox/stats`, 'DELETE');
    },
  };
  await stage.until(actor, () => origin.behave({ latencyMs: 0, latencySigma: 0 }));
  return origin;
}

async function control(url: string, method: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
