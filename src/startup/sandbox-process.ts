import { fork, type ChildProcess } from 'node:child_process';
import { TIMED_OUT, withTimeout } from '../kernel/deadline.js';

export interface SandboxProcess {
  /** The base URL of the simulated systems. */
  readonly url: string;
  stop(): void;
}

/** The longest time the sandbox may take to start. */
const MAX_START_MS = 10_000;

/**
 * Runs the sandbox as a separate process, like a real system of record. The sandbox ends when this
 * process ends.
 *
 * @param entry the main file of the sandbox
 * @throws {Error} when the sandbox does not start
 */
export async function startSandboxProcess(entry: URL): Promise<SandboxProcess> {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const url = await withTimeout(announcedUrl(child), MAX_START_MS);
  if (url === TIMED_OUT) {
    child.kill('SIGKILL');
    throw new Error(`the sandbox did not start within ${MAX_START_MS} ms`);
  }
  // The sandbox ends when its channel to the parent closes. The sandbox must not keep the parent
  // alive.
  child.unref();
  child.channel?.unref();
  return { url, stop: () => void child.kill() };
}

function announcedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the sandbox exited with code ${String(code)}`)));
    child.once('message', (message: { readonly url?: unknown }) => resolve(String(message.url)));
  });
}
