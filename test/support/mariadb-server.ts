import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { makeCertificate } from './certificate.js';
import { eventually } from './eventually.js';
import { ensureCommands, onPath } from './find-redis.js';
import { OwnedProcess } from './owned-process.js';
import { freePort } from './private-port.js';

const run = promisify(execFile);
const STARTS_WITHIN_MS = 60_000;
const SUPERUSER = 'owner';
const PASSWORD = 'owner-password';

export interface MariadbOptions {
  /** Serves TLS too. Default: false. */
  readonly tls?: boolean;
  /** More arguments, such as `--max-connections=20`. Default: none. */
  readonly args?: readonly string[];
}

/**
 * Starts an empty MariaDB on loopback, with the database `crm`. The caller stops it. The server
 * never outlives the test process.
 */
export async function startMariadb(options: MariadbOptions = {}): Promise<TestMariadb> {
  ensureCommands(['mariadbd', 'openssl']);
  const dir = await mkdtemp(join(tmpdir(), 'datadip-mariadb-'));
  try {
    const args = await createDatabase(dir, options);
    const server = new TestMariadb(dir, await freePort(), args);
    await server.start();
    return server;
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

export class TestMariadb {
  readonly caFile: string;
  private process: OwnedProcess | undefined;

  constructor(
    private readonly dir: string,
    readonly port: number,
    private readonly args: readonly string[],
  ) {
    this.caFile = join(dir, 'ca.crt');
  }

  urlOf(user: string, password: string, host = '127.0.0.1'): string {
    return `mysql://${user}:${password}@${host}:${this.port}/crm`;
  }

  /** Starts the server again, after `kill`. */
  async start(): Promise<void> {
    const log = await open(join(this.dir, 'log'), 'a');
    const address = [`--port=${this.port}`, '--bind-address=127.0.0.1', `--socket=${join(this.dir, 'socket')}`];
    const quick = ['--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=16M', '--performance-schema=off'];
    const server = new OwnedProcess(
      program('mariadbd'),
      ['--no-defaults', ...asRoot(), `--datadir=${data(this.dir)}`, ...address, ...quick, ...this.args],
      { scratch: this.dir, output: log.fd, env: process.env },
    );
    this.process = server;
    await log.close();
    try {
      await eventually(() => this.ask('select 1'), { withinMs: STARTS_WITHIN_MS });
    } catch (error) {
      await server.kill();
      throw new Error(`mariadbd did not start:\n${await readFile(join(this.dir, 'log'), 'utf8')}`, { cause: error });
    }
  }

  /** Runs statements as the superuser, on a separate connection. Returns the last rows. */
  async ask(sql: string): Promise<Record<string, unknown>[]> {
    const connection = await this.connect();
    try {
      let rows: unknown = [];
      for (const statement of sql.split(';\n').filter((text) => text.trim() !== ''))
        [rows] = await connection.query(statement);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    } finally {
      await connection.end();
    }
  }

  /** Opens a connection of the superuser. The caller ends it. */
  async connect(): Promise<mysql.Connection> {
    const connection = await mysql.createConnection({
      host: '127.0.0.1',
      port: this.port,
      user: SUPERUSER,
      password: PASSWORD,
      database: 'crm',
      connectTimeout: 5000,
    });
    connection.on('error', () => undefined);
    return connection;
  }

  /** Stops the server, as a machine that hangs does. */
  pause(): Promise<void> {
    return this.owned.pause();
  }

  resume(): Promise<void> {
    this.owned.resume();
    return Promise.resolve();
  }

  async kill(): Promise<void> {
    await this.owned.kill();
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

/** Returns the arguments of the server. */
async function createDatabase(dir: string, { tls = false, args = [] }: MariadbOptions): Promise<readonly string[]> {
  const install = [
    '--no-defaults',
    ...asRoot(),
    `--datadir=${data(dir)}`,
    '--skip-test-db',
    '--auth-root-authentication-method=normal',
  ];
  await run(program('mariadb-install-db'), install, { env: process.env, timeout: STARTS_WITHIN_MS });
  const init = join(dir, 'init.sql');
  const file = await open(init, 'w');
  await file.writeFile(
    `CREATE DATABASE IF NOT EXISTS crm;\nGRANT ALL ON *.* TO ${SUPERUSER}@'127.0.0.1' IDENTIFIED BY '${PASSWORD}' WITH GRANT OPTION;\n`,
  );
  await file.close();
  const { certFile, keyFile, caFile } = tls
    ? await makeCertificate(dir, 'DNS:db.example, DNS:localhost')
    : { certFile: '', keyFile: '', caFile: '' };
  const own = tls ? [`--ssl-ca=${caFile}`, `--ssl-cert=${certFile}`, `--ssl-key=${keyFile}`] : [];
  return [`--init-file=${init}`, '--character-set-server=utf8mb4', ...own, ...args];
}

/** The server refuses to run as root without this argument. */
function asRoot(): readonly string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

function data(dir: string): string {
  return join(dir, 'data');
}

function program(name: string): string {
  const file = onPath(name);
  if (file === undefined) throw new Error(`${name} is not installed`);
  return file;
}
