import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { makeCertificate } from './certificate.js';
import { eventually } from './eventually.js';
import { ensureCommands, onPath } from './find-redis.js';
import { OwnedProcess } from './owned-process.js';
import { pauseProcess } from './paused-process.js';
import { freePort } from './private-port.js';

const run = promisify(execFile);
const STARTS_WITHIN_MS = 60_000;
/** For `beforeAll`: the first start may install the package. */
export const DATABASE_STARTS_WITHIN_MS = 5 * 60_000;
/** The user `nobody` of every Debian: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const SUPERUSER = 'owner';
const PASSWORD = 'owner-password';

export interface PostgresOptions {
  /** Serves TLS, and refuses plain connections to all but the superuser. Default: false. */
  readonly tls?: boolean;
  /** More settings, such as `max_connections=20`. Default: none. */
  readonly settings?: readonly string[];
}

/**
 * Starts an empty PostgreSQL on loopback. The caller stops it. The server never outlives the test
 * process.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  ensureCommands(['postgres', 'openssl']);
  const dir = await mkdtemp(join(tmpdir(), 'datadip-postgres-'));
  try {
    const settings = await createCluster(dir, options);
    const server = new TestPostgres(dir, await freePort(), settings, options.tls === true);
    await server.start();
    return server;
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

export class TestPostgres {
  readonly caFile: string;
  private process: OwnedProcess | undefined;

  constructor(
    private readonly dir: string,
    readonly port: number,
    private readonly settings: readonly string[],
    private readonly usesTls: boolean,
  ) {
    this.caFile = join(dir, 'ca.crt');
  }

  urlOf(user: string, password: string, host = '127.0.0.1'): string {
    return `postgres://${user}:${password}@${host}:${this.port}/postgres`;
  }

  /** Starts the server again, after `kill`. */
  async start(): Promise<void> {
    const settings = this.settings.flatMap((setting) => ['-c', setting]);
    const log = await open(join(this.dir, 'log'), 'a');
    const server = new OwnedProcess(
      ...asNobody(program('postgres'), ['-D', data(this.dir), '-p', `${this.port}`, ...settings]),
      {
        scratch: this.dir,
        env: { ...process.env, LC_ALL: 'C' },
        output: log.fd,
      },
    );
    this.process = server;
    await log.close();
    try {
      await eventually(() => this.ask('select 1'), { withinMs: STARTS_WITHIN_MS });
    } catch (error) {
      await server.kill();
      throw new Error(`postgres did not start:\n${await readFile(join(this.dir, 'log'), 'utf8')}`, { cause: error });
    }
  }

  /** The log of the server. */
  log(): Promise<string> {
    return readFile(join(this.dir, 'log'), 'utf8');
  }

  /** Runs statements as the superuser, on a separate connection. Returns the last rows. */
  async ask(sql: string): Promise<Record<string, unknown>[]> {
    const client = await this.connect();
    try {
      const results: unknown = await client.query(sql);
      const last = (Array.isArray(results) ? results.at(-1) : results) as { rows?: Record<string, unknown>[] };
      return last.rows ?? [];
    } finally {
      await client.end();
    }
  }

  /** Opens a connection of the superuser. The caller ends it. */
  async connect(): Promise<pg.Client> {
    const ssl = this.usesTls ? { rejectUnauthorized: false } : false;
    const client = new pg.Client({
      connectionString: this.urlOf(SUPERUSER, PASSWORD),
      ssl,
      connectionTimeoutMillis: 5000,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Stops every process of the server, as a machine that hangs does. */
  async pause(): Promise<void> {
    await this.owned.pause();
    for (const pid of await childrenOf(this.owned.pid)) await pauseProcess(pid);
  }

  async resume(): Promise<void> {
    for (const pid of await childrenOf(this.owned.pid)) process.kill(pid, 'SIGCONT');
    this.owned.resume();
  }

  /** Kills every process of the server. */
  async kill(): Promise<void> {
    const children = await childrenOf(this.owned.pid);
    await this.owned.kill();
    for (const pid of children) killIfThere(pid);
    await rm(join(data(this.dir), 'postmaster.pid'), { force: true });
  }

  async stop(): Promise<void> {
    if (this.process?.running === true) await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  private get owned(): OwnedProcess {
    if (this.process === undefined) throw new Error('the server was never started');
    return this.process;
  }
}

/** Returns the settings of the new cluster. */
async function createCluster(dir: string, { tls = false, settings = [] }: PostgresOptions): Promise<readonly string[]> {
  const passwordFile = join(dir, 'password');
  await writeFile(passwordFile, PASSWORD);
  await chmod(dir, 0o755);
  if (process.getuid?.() === 0) await chown(dir, NOBODY, NOBODY);
  const login = ['-U', SUPERUSER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const [command, args] = asNobody(program('initdb'), [
    '-D',
    data(dir),
    ...login,
    '--no-sync',
    '-E',
    'UTF8',
    '--locale=C',
  ]);
  await run(command, args, { env: { ...process.env, LC_ALL: 'C' }, timeout: STARTS_WITHIN_MS });
  const quick = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=32MB'];
  return [...quick, ...(tls ? await createCertificate(dir) : []), ...settings];
}

async function createCertificate(dir: string): Promise<readonly string[]> {
  const { certFile, keyFile } = await makeCertificate(dir, 'DNS:db.example, DNS:localhost');
  const ownKey = join(dir, 'own.key');
  await copyFile(keyFile, ownKey);
  await chmod(ownKey, 0o600);
  if (process.getuid?.() === 0) await chown(ownKey, NOBODY, NOBODY);
  const rules = `host all ${SUPERUSER} all scram-sha-256\nhostssl all all all scram-sha-256\n`;
  await writeFile(join(data(dir), 'pg_hba.conf'), rules);
  return ['ssl=on', `ssl_cert_file=${certFile}`, `ssl_key_file=${ownKey}`];
}

function asNobody(command: string, args: readonly string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [command, [...args]];
  const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return ['setpriv', [...ids, command, ...args]];
}

function data(dir: string): string {
  return join(dir, 'data');
}

/** The programs of one version are in one folder. */
function program(name: 'initdb' | 'postgres'): string {
  const server = onPath('postgres');
  if (server === undefined) throw new Error('postgres is not installed');
  return join(dirname(server), name);
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return pids.filter((_, at) => Number(/\) \S (\d+)/.exec(stats[at] ?? '')?.[1]) === parent);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended with the server.
  }
}
