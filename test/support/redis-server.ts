import { open, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, type Certificate } from './certificate.js';
import { eventually } from './eventually.js';
import { OwnedProcess } from './owned-process.js';
import { freePort } from './private-port.js';
import { followIn, joinCluster } from './redis-cluster.js';
import { untilPong } from './redis-pong.js';

const PORT_ATTEMPTS = 5;
const STOPS_WITHIN_MS = 10_000;
const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '5000'];

export interface RedisOptions {
  /** Answers only TLS, with a certificate of `caFile` for 127.0.0.1 and localhost. Default false. */
  readonly tls?: boolean;
  /** More `redis-server` arguments, e.g. `['--maxmemory', '10mb']`. Default none. */
  readonly args?: readonly string[];
}

export interface TestCluster {
  readonly urls: string[];
  readonly nodes: TestRedis[];
  stop(): Promise<void>;
}

/** A real Redis of one's own on loopback, with nothing in it. Whoever starts it stops it; it never outlives the test process. */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'datadip-redis-'));
  try {
    const certificate = options.tls === true ? await makeCertificate(dir) : undefined;
    return await onFreePort((port) => TestRedis.start({ dir, port, certificate, args: options.args ?? [] }));
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** Three masters that share the slots: a real cluster, without replicas. */
export async function startRedisCluster(): Promise<TestCluster> {
  const starts = await Promise.allSettled([1, 2, 3].map(() => startRedis({ args: CLUSTER })));
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    await joinCluster(nodes.map((node) => node.port));
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: nodes.map((node) => node.url), nodes, stop };
}

/** One more node, which keeps what this one keeps, and has its slots as soon as it is told `CLUSTER FAILOVER TAKEOVER`. */
export async function startReplica(of: TestRedis): Promise<TestRedis> {
  const replica = await startRedis({ args: CLUSTER });
  try {
    await followIn(of.port, replica.port);
    return replica;
  } catch (error) {
    await replica.stop();
    throw error;
  }
}

interface Place {
  readonly dir: string;
  readonly port: number;
  readonly certificate: Certificate | undefined;
  readonly args: readonly string[];
}

export class TestRedis {
  readonly url: string;
  readonly port: number;
  /** The authority to trust; present with TLS. */
  readonly caFile: string | undefined;

  private constructor(
    private readonly place: Place,
    private process: OwnedProcess,
  ) {
    this.port = place.port;
    this.caFile = place.certificate?.caFile;
    this.url = `${place.certificate === undefined ? 'redis' : 'rediss'}://127.0.0.1:${place.port}`;
  }

  static async start(place: Place): Promise<TestRedis> {
    return new TestRedis(place, await launch(place));
  }

  /** From here on it accepts connections and answers nothing. */
  async pause(): Promise<void> {
    this.process.signal('SIGSTOP');
    await untilStopped(this.process.pid);
  }

  /** Answers again, first of all what it was sent in the meantime. */
  resume(): void {
    this.process.signal('SIGCONT');
  }

  /** Dead at once: its connections break, and its port refuses. */
  async kill(): Promise<void> {
    await this.process.kill();
  }

  /** The same port, nothing in it. From any state. */
  async restart(): Promise<void> {
    await this.process.kill();
    this.process = await launch(this.place);
  }

  async stop(): Promise<void> {
    await this.process.kill();
    await rm(this.place.dir, { recursive: true, force: true });
  }
}

/** Another process may take a free port first; then the next one is tried. */
async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = error instanceof Error && /Address already in use|Failed listening on port/.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function launch(place: Place): Promise<OwnedProcess> {
  const logFile = join(place.dir, 'redis.log');
  const log = await open(logFile, 'w');
  const server = new OwnedProcess('redis-server', serverArgs(place), { scratch: place.dir, output: log.fd });
  await log.close();
  try {
    await untilPong(place.port, place.certificate?.caFile, diedEarly(server));
    return server;
  } catch (error) {
    await server.kill();
    throw new Error(`redis-server on port ${place.port} did not start:\n${await readFile(logFile, 'utf8')}`, {
      cause: error,
    });
  }
}

function serverArgs({ dir, port, certificate, args }: Place): string[] {
  const ports = certificate === undefined ? ['--port', `${port}`] : ['--port', '0', ...tlsArgs(port, certificate)];
  return [...ports, '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no', ...args];
}

function tlsArgs(port: number, { caFile, certFile, keyFile }: Certificate): string[] {
  const files = ['--tls-ca-cert-file', caFile, '--tls-cert-file', certFile, '--tls-key-file', keyFile];
  return ['--tls-port', `${port}`, ...files, '--tls-auth-clients', 'no'];
}

async function diedEarly(server: OwnedProcess): Promise<never> {
  const { code, signal } = await server.exited;
  throw new Error(`it ended with ${signal ?? `code ${code}`}`);
}

/** A signal is delivered a moment after it was sent, and a command sent in that moment would still be answered. */
async function untilStopped(pid: number): Promise<void> {
  if (process.platform !== 'linux') return;
  await eventually(
    async () => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      if (!/\) [Tt] /.test(stat)) throw new Error(`process ${pid} has not stopped`);
    },
    { withinMs: STOPS_WITHIN_MS },
  );
}
