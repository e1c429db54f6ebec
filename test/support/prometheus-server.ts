import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from './eventually.js';
import { ensureCommands } from './find-redis.js';
import { raw } from './http.js';
import { OwnedProcess } from './owned-process.js';
import { freePort } from './private-port.js';

const STARTS_WITHIN_MS = 60_000;
/** For `beforeAll`: the first start may install the package. */
export const PROMETHEUS_STARTS_WITHIN_MS = 5 * 60_000;

/** A series and its present value. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Starts a Prometheus on loopback. The caller stops it. The server never outlives the test process.
 *
 * @param settings the configuration file, as an object
 */
export async function startPrometheus(settings: object): Promise<TestPrometheus> {
  ensureCommands(['prometheus']);
  const dir = await mkdtemp(join(tmpdir(), 'datadip-prometheus-'));
  const file = join(dir, 'prometheus.yml');
  await writeFile(file, stringify(settings));
  const port = await freePort();
  const log = await open(join(dir, 'log'), 'a');
  const places = [`--config.file=${file}`, `--storage.tsdb.path=${join(dir, 'data')}`];
  const process = new OwnedProcess('prometheus', [...places, `--web.listen-address=127.0.0.1:${port}`], {
    ...{ scratch: dir, env: globalThis.process.env, output: log.fd },
  });
  await log.close();
  const server = new TestPrometheus(dir, `http://127.0.0.1:${port}`, process);
  try {
    await eventually(() => server.ready(), { withinMs: STARTS_WITHIN_MS });
    return server;
  } catch (error) {
    const output = await readFile(join(dir, 'log'), 'utf8');
    await server.stop();
    throw new Error(`prometheus did not start:\n${output}`, { cause: error });
  }
}

export class TestPrometheus {
  constructor(
    private readonly dir: string,
    private readonly url: string,
    private readonly process: OwnedProcess,
  ) {}

  async ready(): Promise<void> {
    const { status } = await raw('GET', `${this.url}/-/ready`);
    if (status !== 200) throw new Error(`/-/ready answers ${status}`);
  }

  /** The present values of an expression. Throws if Prometheus refuses the expression. */
  async query(expression: string): Promise<Sample[]> {
    const { result } = (await this.data(`query?query=${encodeURIComponent(expression)}`)) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  /** A part of the HTTP API below `/api/v1/`. */
  async data(path: string): Promise<unknown> {
    const { status, json, text } = await raw('GET', `${this.url}/api/v1/${path}`);
    if (status !== 200) throw new Error(`${path} answers ${status}: ${text}`);
    return json?.data;
  }

  async stop(): Promise<void> {
    await this.process.kill();
    await rm(this.dir, { recursive: true, force: true });
  }
}
