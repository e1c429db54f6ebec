import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '../support/eventually.js';
import { raw } from '../support/http.js';
import { OwnedProcess } from '../support/owned-process.js';
import { freePort } from '../support/private-port.js';
import type { Service } from './service.js';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 60_000;
const PROBE_WITHIN_MS = 10_000;

export interface DatadipPlan {
  readonly name: string;
  readonly yaml: string;
  readonly redisUrl: string;
}

/**
 * A real `node dist/main.js` that a test can kill and start again on the same port.
 * The process logs only warnings, and to a file: a run would write a million access lines.
 */
export class DatadipService implements Service {
  up = false;
  private process: OwnedProcess | undefined;

  private constructor(
    private readonly plan: DatadipPlan,
    private readonly scratch: string,
    readonly port: number,
  ) {}

  static async start(plan: DatadipPlan): Promise<DatadipService> {
    const scratch = await mkdtemp(join(tmpdir(), 'datadip-proof-'));
    await writeFile(join(scratch, 'datadip.yaml'), plan.yaml);
    const service = new DatadipService(plan, scratch, await freePort());
    try {
      await service.launch();
      return service;
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  get name(): string {
    return this.plan.name;
  }

  /** Kills the process at once, with all requests under way. */
  async kill(): Promise<void> {
    this.up = false;
    await this.process?.kill();
  }

  /** Stops the process without closing its connections (SIGSTOP). */
  freeze(): void {
    this.process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.process?.signal('SIGCONT');
  }

  /** Resolves when the process is ready. */
  async launch(): Promise<void> {
    const { scratch, port } = this;
    const log = await open(this.logFile, 'a');
    const { PATH = '', HOME = '' } = process.env;
    const settings = { PORT: `${port}`, HOST: '127.0.0.1', LOG_LEVEL: 'warn', NODE_ENV: 'development' };
    const { redisUrl: REDIS_URL } = this.plan;
    const env = { PATH, HOME, ...settings, REDIS_URL, DATADIP_CONFIG: join(scratch, 'datadip.yaml') };
    this.process = new OwnedProcess(process.execPath, ['dist/main.js'], { scratch, cwd: ROOT, env, output: log.fd });
    await log.close();
    await eventually(() => this.mustBeReady(), { withinMs: READY_WITHIN_MS });
    this.up = true;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.scratch, { recursive: true, force: true });
  }

  private get logFile(): string {
    return join(this.scratch, 'datadip.log');
  }

  private async mustBeReady(): Promise<void> {
    try {
      const { status } = await raw('GET', `http://127.0.0.1:${this.port}/health/ready`, undefined, {}, PROBE_WITHIN_MS);
      if (status !== 200) throw new Error(`/health/ready answers ${status}`);
    } catch (error) {
      throw new Error(`${this.name} is not ready:\n${await readFile(this.logFile, 'utf8')}`, { cause: error });
    }
  }
}
