/** This file exceeds 220 lines because servers, clusters and replicas share how they start. */

import { open, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { makeCertificate, type Certificate } from './certificate.js';
import { OwnedProcess } from './owned-process.js';
import { freePort } from './private-port.js';
import { addReplica, createCluster, joinEmptyNode } from './redis-cluster.js';
import { untilPong } from './redis-pong.js';

const PORT_ATTEMPTS = 5;
/**
 * The purging thread of jemalloc waits for a wall-clock time. If the clock of the process is behind
 * that of the kernel, the time has always passed, and each server takes most of a core.
 */
const QUIET = ['--jemalloc-bg-thread', 'no'];
const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '5000'];

export interface RedisOptions {
  /**
   * Serves only TLS. `true` makes a certificate for 127.0.0.1 and localhost. Another certificate
   * must name localhost. Default: false.
   */
  readonly tls?: boolean | Certificate;
  /** More `redis-server` arguments, e.g. `['--maxmemory', '10mb']`. Default: none. */
  readonly args?: readonly string[];
  /** Variables added to the environment of the server. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface TestCluster {
  readonly urls: string[];
  readonly nodes: TestRedis[];
  stop(): Promise<void>;
}

/**
 * Starts an empty Redis server on loopback. The caller stops it. The server never outlives the test
 * process.
 */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'datadip-redis-'));
  try {
    const certificate = await certificateOf(options, dir);
    return await onFreePort((port) =>
      TestRedis.start({ dir, port, certificate, args: options.args ?? [], env: options.env ?? {} }),
    );
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function certificateOf({ tls }: RedisOptions, dir: string): Promise<Certificate | undefined> {
  if (tls === true) return makeCertificate(dir);
  return tls === false ? undefined : tls;
}

/**
 * Starts a Redis Cluster of three masters without replicas.
 *
 * @param options of each server; one certificate for all
 */
export async function startRedisCluster({ args = [], ...others }: RedisOptions = {}): Promise<TestCluster> {
  const options = { ...others, args: [...CLUSTER, ...args] };
  const starts = await Promise.allSettled([1, 2, 3].map(() => startRedis(options)));
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    await createCluster(
      nodes.map((node) => node.port),
      nodes[0]?.caFile,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: nodes.map((node) => node.url), nodes, stop };
}

/** Starts a replica of a master. `CLUSTER FAILOVER TAKEOVER` makes the replica a master. */
export async function startReplica(master: TestRedis, env: RedisOptions['env'] = {}): Promise<TestRedis> {
  const replica = await startRedis({ args: CLUSTER, env });
  try {
    await addReplica(master.port, replica.port);
    return replica;
  } catch (error) {
    await replica.stop();
    throw error;
  }
}

/** Starts a server in cluster mode that a cluster knows, without slots. */
export async function startEmptyNode(cluster: TestCluster): Promise<TestRedis> {
  const node = await startRedis({ args: CLUSTER });
  try {
    await joinEmptyNode(
      cluster.nodes.map(({ port }) => port),
      node.port,
    );
    return node;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

interface ServerOptions {
  readonly dir: string;
  readonly port: number;
  readonly certificate: Certificate | undefined;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export class TestRedis {
  readonly url: string;
  readonly port: number;
  /** The certificate authority of the server. `undefined` means that the server has no TLS. */
  readonly caFile: string | undefined;

  private constructor(
    private readonly options: ServerOptions,
    private process: OwnedProcess,
  ) {
    this.port = options.port;
    this.caFile = options.certificate?.caFile;
    this.url = `${options.certificate === undefined ? 'redis' : 'rediss'}://127.0.0.1:${options.port}`;
  }

  static async start(options: ServerOptions): Promise<TestRedis> {
    return new TestRedis(options, await launch(options));
  }

  /** Pauses the server: it accepts connections and answers no command. */
  async pause(): Promise<void> {
    await this.process.pause();
  }

  /** Resumes the server. It first answers the commands that it received during the pause. */
  resume(): void {
    this.process.resume();
  }

  /** Kills the server: its connections break, and its port refuses new connections. */
  async kill(): Promise<void> {
    await this.process.kill();
  }

  /** Writes a snapshot, as Redis does by default every few minutes. */
  async snapshot(): Promise<void> {
    const client = new Redis(this.port, '127.0.0.1');
    await client.save().finally(() => client.disconnect());
  }

  /** Restarts the server from any state, empty and at the same port. */
  async restart(): Promise<void> {
    await rm(join(this.options.dir, 'dump.rdb'), { force: true });
    await this.restartFromSnapshot();
  }

  /** Restarts the server from any state, with the content of the last snapshot. */
  async restartFromSnapshot(): Promise<void> {
    await this.process.kill();
    this.process = await launch(this.options);
  }

  async stop(): Promise<void> {
    await this.process.kill();
    await rm(this.options.dir, { recursive: true, force: true });
  }
}

/**
 * Starts a server on a free port. If another process takes the port first, it tries another port.
 */
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

async function launch(options: ServerOptions): Promise<OwnedProcess> {
  const logFile = join(options.dir, 'redis.log');
  const log = await open(logFile, 'w');
  const server = new OwnedProcess('redis-server', serverArgs(options), {
    scratch: options.dir,
    env: { ...process.env, ...options.env },
    output: log.fd,
  });
  await log.close();
  try {
    await untilPong(options.port, options.certificate?.caFile, failOnExit(server));
    return server;
  } catch (error) {
    await server.kill();
    throw new Error(`redis-server on port ${options.port} did not start:\n${await readFile(logFile, 'utf8')}`, {
      cause: error,
    });
  }
}

function serverArgs({ dir, port, certificate, args }: ServerOptions): string[] {
  const ports = certificate === undefined ? ['--port', `${port}`] : ['--port', '0', ...tlsArgs(port, certificate)];
  return [...ports, '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no', ...QUIET, ...args];
}

function tlsArgs(port: number, { caFile, certFile, keyFile }: Certificate): string[] {
  const files = ['--tls-ca-cert-file', caFile, '--tls-cert-file', certFile, '--tls-key-file', keyFile];
  return ['--tls-port', `${port}`, ...files, '--tls-auth-clients', 'no'];
}

async function failOnExit(server: OwnedProcess): Promise<never> {
  const { code, signal } = await server.exited;
  throw new Error(`the server ended with ${signal ?? `code ${code}`}`);
}
