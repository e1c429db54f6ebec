import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from './eventually.js';
import { raw } from './http.js';
import { OwnedProcess } from './owned-process.js';
import { freePort } from './private-port.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** The built sandbox as its own process, as production-like tests use it. */
export interface SandboxProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param port default: a free one below the range for outgoing connections */
export async function startSandboxProcess(port?: number): Promise<SandboxProcess> {
  const scratch = await mkdtemp(join(tmpdir(), 'datadip-sandbox-'));
  const logFile = join(scratch, 'sandbox.log');
  const log = await open(logFile, 'w');
  const own = port ?? (await freePort());
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, SANDBOX_PORT: `${own}` };
  const sandbox = new OwnedProcess(process.execPath, ['dist/sandbox/main.js'], {
    ...{ scratch, cwd: ROOT, env },
    output: log.fd,
  });
  await log.close();
  const stop = async (): Promise<void> => {
    await sandbox.kill();
    await rm(scratch, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${own}`;
  try {
    const outcome = await eventually(async () => {
      if (!sandbox.running) return 'ended';
      await raw('GET', `${url}/sandbox/stats`);
      return 'listening';
    });
    if (outcome === 'ended') throw new Error(`the sandbox did not start: ${await readFile(logFile, 'utf8')}`);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
