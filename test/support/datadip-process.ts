import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { bounded } from './bounded.js';
import { eventually } from './eventually.js';
import { raw } from './http.js';
import { OwnedProcess, type Exit } from './owned-process.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** On two cores that start six processes, a process has needed more than 15 s to listen. */
const STARTS_WITHIN_MS = 45_000;
const PROBE_WITHIN_MS = 10_000;
/** Longer than the 10 s in which the product finishes its requests in flight. */
const STOPS_WITHIN_MS = 20_000;

export interface DatadipOptions {
  /**
   * Variables added to those that every process gets: PATH, HOME, PORT=0, HOST=127.0.0.1,
   * NODE_ENV=development, WARM_UP=off, which saves a second per start, and DRAIN_DELAY_MS=0, which
   * saves five seconds per stop in production. The empty text counts as not set. With a LOG_LEVEL
   * above info, PORT must be given, because no line says where the process listens.
   */
  readonly env?: Record<string, string>;
  /**
   * Text of the declaration file, passed as DATADIP_CONFIG. `undefined` means the bundled file of
   * the product.
   */
  readonly yaml?: string;
  /** Arguments after the entry. Default: none. */
  readonly args?: readonly string[];
  /** The state of the process when the promise resolves. Default: `ready`. */
  readonly waitFor?: WaitedState;
  /** The script to run, relative to the root of the project. Default: `dist/main.js`. */
  readonly entry?: string;
  /** A command to run at the root of the project instead of the script. Default: none. */
  readonly command?: readonly [string, ...string[]];
}

/** `started`: at once. */
type WaitedState = 'started' | 'listening' | 'ready' | 'exit';

/** An output line: the parsed object if the line is JSON, else `{ msg: <the line> }`. */
export type LogLine = Record<string, unknown>;

/**
 * Starts the built product as its own process. If the process ends before it reaches the awaited
 * state, the error contains its output.
 */
export async function startDatadip(options: DatadipOptions = {}): Promise<DatadipProcess> {
  const scratch = await mkdtemp(join(tmpdir(), 'datadip-process-'));
  const { LOG_LEVEL: level = 'info', PORT: port = '0' } = options.env ?? {};
  const fixedPort = level === 'info' || port === '0' ? undefined : Number(port);
  const datadip = new DatadipProcess(await spawnIn(scratch, options), scratch, fixedPort);
  try {
    await waitForState(datadip, options.waitFor ?? 'ready');
    return datadip;
  } catch (error) {
    await datadip.kill();
    throw new Error(`datadip did not start: ${String(error)}\n${datadip.output}`, { cause: error });
  }
}

export class DatadipProcess {
  /** Every line of both outputs, in the order of arrival. */
  readonly logs: LogLine[] = [];
  readonly exited: Promise<Exit>;
  private readonly lines: string[] = [];
  /** The port of the line that says so. */
  private listensAt: number | undefined;

  constructor(
    private readonly process: OwnedProcess,
    scratch: string,
    private readonly fixedPort: number | undefined,
  ) {
    for (const stream of process.outputs) {
      createInterface({ input: stream }).on('line', (line) => this.take(line));
    }
    this.exited = process.exited.finally(() => rm(scratch, { recursive: true, force: true }));
  }

  /** The address of the process. Throws before the process listens. */
  get url(): string {
    const port = this.port;
    if (port === undefined) throw new Error('the process does not listen');
    return `http://127.0.0.1:${port}`;
  }

  get port(): number | undefined {
    return this.listensAt ?? this.fixedPort;
  }

  get pid(): number {
    return this.process.pid;
  }

  get running(): boolean {
    return this.process.running;
  }

  /** The text of both outputs. */
  get output(): string {
    return this.lines.join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    this.process.signal(signal);
  }

  /** Sends SIGTERM and waits for the end. After `boundMs` the process is killed with SIGKILL. */
  async stop(boundMs = STOPS_WITHIN_MS): Promise<Exit> {
    this.process.signal('SIGTERM');
    try {
      return await bounded(this.exited, boundMs, 'the end after SIGTERM');
    } catch {
      return this.kill();
    }
  }

  async kill(): Promise<Exit> {
    await this.process.kill();
    return this.exited;
  }

  private take(line: string): void {
    this.lines.push(line);
    const parsed = parseLine(line);
    this.logs.push(parsed);
    const { msg, port } = parsed;
    if (String(msg).startsWith('listening') && typeof port === 'number') this.listensAt ??= port;
  }
}

async function spawnIn(scratch: string, options: DatadipOptions): Promise<OwnedProcess> {
  const entry = resolve(ROOT, options.entry ?? 'dist/main.js');
  const file = join(scratch, 'datadip.yaml');
  if (options.yaml !== undefined) await writeFile(file, options.yaml);
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    ...{ PATH, HOME, PORT: '0', HOST: '127.0.0.1', NODE_ENV: 'development' },
    ...{ WARM_UP: 'off', DRAIN_DELAY_MS: '0' },
    ...(options.yaml === undefined ? {} : { DATADIP_CONFIG: file }),
    ...options.env,
  };
  const [command, ...args] = options.command ?? [process.execPath, entry, ...(options.args ?? [])];
  return new OwnedProcess(command, args, { scratch, cwd: ROOT, env, output: 'pipe' });
}

async function waitForState(datadip: DatadipProcess, state: WaitedState): Promise<void> {
  if (state === 'started') return;
  if (state === 'exit') {
    await bounded(datadip.exited, STARTS_WITHIN_MS, 'its end');
    return;
  }
  const outcome = await eventually(() => probeState(datadip, state), { withinMs: STARTS_WITHIN_MS });
  if (outcome === 'ended') throw new Error(`the process ended before it was ${state}`);
}

/** Throws while the process has neither reached the state nor ended. */
async function probeState(datadip: DatadipProcess, state: 'listening' | 'ready'): Promise<'reached' | 'ended'> {
  if (!datadip.running) return 'ended';
  const { url } = datadip;
  if (state === 'ready') {
    const { status } = await raw('GET', `${url}/health/ready`, undefined, {}, PROBE_WITHIN_MS);
    if (status !== 200) throw new Error(`/health/ready answers ${status}`);
  }
  return 'reached';
}

function parseLine(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as LogLine;
  } catch {
    // Not every line is a log line.
  }
  return { msg: line };
}
