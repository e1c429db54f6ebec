import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureCommands } from './find-redis.js';

const COMPILES_WITHIN_MS = 60_000;
const SOURCE = join(import.meta.dirname, 'skewed-clock.c');

/**
 * Wall clocks of processes that differ from the clock of this machine. Timers are not affected.
 * Needs `gcc`, and installs it if that is allowed.
 */
export class SkewedClocks {
  private readonly library: string;

  private constructor(private readonly folder: string) {
    this.library = join(folder, 'skewed-clock.so');
  }

  static async make(): Promise<SkewedClocks> {
    ensureCommands(['gcc']);
    const clocks = new SkewedClocks(await mkdtemp(join(tmpdir(), 'datadip-clock-')));
    try {
      const build = ['-shared', '-fPIC', '-O2', '-nostdlib', '-o', clocks.library, SOURCE];
      await promisify(execFile)('gcc', build, { timeout: COMPILES_WITHIN_MS });
      return clocks;
    } catch (error) {
      await clocks.stop();
      throw error;
    }
  }

  /** The variables of a process whose wall clock is ahead by `aheadMs`. Negative means behind. */
  async env(name: string, aheadMs: number): Promise<Record<string, string>> {
    await this.set(name, aheadMs);
    return { LD_PRELOAD: this.library, SKEW_FILE: this.fileOf(name) };
  }

  /** Changes the clock of the processes that were started with the variables of this name. */
  async set(name: string, aheadMs: number): Promise<void> {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(aheadMs));
    // The processes have mapped the file: it is written in place and never shortened.
    const file = await open(this.fileOf(name), constants.O_RDWR | constants.O_CREAT);
    await file.write(bytes, 0, bytes.length, 0).finally(() => file.close());
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private fileOf(name: string): string {
    return join(this.folder, `${name}.ms`);
  }
}
