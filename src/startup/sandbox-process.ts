import { fork, type ChildProcess } from 'node:child_process';
import { TIMED_OUT, withTimeout } from '../kernel/deadline.js';

export interface SandboxProcess {
  readonly url: string;
  stop(): void;
}

const STARTS_WITHIN_MS = 10_000;

/**
 * Runs the sandbox as a process of its own, as a real system of record would be, and ends it with this one.
 *
 * @param entry the sandbox's main file
 * @throws {Error} when it does not come up
 */
export async function startSandboxProcess(entry: URL): Promise<SandboxProcess> {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const url = await withTimeout(announcedUrl(child), STARTS_WITHIN_MS);
  if (url === TIMED_OUT) {
    child.kill('SIGKILL');
    throw new Error('the sandbox did not start in time');
  }
  // It ends when the channel to its parent closes; it must not keep the parent alive until then.
  child.unref();
  child.channel?.unref();
  return { url, stop: () => void child.kill() };
}

function announcedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with code ${String(code)}`)));
    child.once('message', (message: { readonly url?: unknown }) => resolve(String(message.url)));
  });
}
