import { cpuTime } from './wrk.ts';

/** Measures the processor time of processes. */
export class CpuMeter {
  private readonly pids: readonly number[];
  private before: number[] = [];

  constructor(pids: readonly number[]) {
    this.pids = pids;
  }

  async begin(): Promise<void> {
    this.before = await this.read();
  }

  /** The time of each process since `begin`, in microseconds. */
  async usedUs(): Promise<number[]> {
    return (await this.read()).map((us, at) => us - (this.before[at] ?? us));
  }

  private read(): Promise<number[]> {
    return Promise.all(
      this.pids.map(async (pid) => {
        const { userUs, systemUs } = await cpuTime(pid);
        return userUs + systemUs;
      }),
    );
  }
}
