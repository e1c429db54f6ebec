import { startMariadb, type MariadbOptions } from '../../support/mariadb-server.js';
import { startPostgres, type PostgresOptions } from '../../support/postgres-server.js';

/** A real database with a user `datadip`, who may read the table `customers`. */
export interface TestDatabase {
  readonly type: 'postgres' | 'mysql';
  readonly url: string;
  readonly port: number;
  readonly caFile: string;
  urlOf(user: string, password: string, host?: string): string;
  /** Runs statements as the superuser, separated by `;` at the end of a line. */
  ask(sql: string): Promise<Record<string, unknown>[]>;
  /** The statements of Datadip that run now. */
  running(): Promise<number>;
  /** How many statements ended because another session asked for it. Timeouts do not count. */
  cancelled(): Promise<number>;
  /** How many connections the user of Datadip may have. */
  limitSessions(count: number): Promise<void>;
  /** Refuses plain connections of Datadip. */
  requireTls(): Promise<void>;
  /** The sessions of Datadip. */
  sessions(): Promise<number>;
  /** Adds a database `other` with the same customers, which only its own user may read. */
  addOther(): Promise<{ readonly url: string; readonly wrongUrl: string }>;
  /** Closes the sessions of Datadip. */
  dropSessions(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const CUSTOMERS = `
create table customers (
  id bigint primary key, phone varchar(64), name varchar(200), tier varchar(40), balance numeric(30,4), since timestamp null
);
insert into customers values
  (17, '+15550017', 'Ada Lovelace', 'Enterprise', 1234.5000, '2026-01-02 03:04:05'),
  (9007199254740993, '+15550018', 'Big Id', 'Standard', 12345678901234567890.1234, null),
  (19, '+15550019', 'Twin One', 'Standard', 1, null),
  (20, '+15550019', 'Twin Two', 'Standard', 2, null)`;

async function startPostgresDatabase(options: PostgresOptions = {}): Promise<TestDatabase> {
  const server = await startPostgres(options);
  await server.ask(`create role datadip login password 'reader'; ${CUSTOMERS}; grant select on customers to datadip`);
  const count = async (where: string): Promise<number> => {
    const [row] = await server.ask(
      `select count(*)::int as n from pg_stat_activity where usename = 'datadip' and application_name = 'datadip' ${where}`,
    );
    return Number(row?.n);
  };
  return {
    ...bound(server),
    type: 'postgres',
    running: () => count("and state = 'active'"),
    cancelled: async () => (await server.log()).split('canceling statement due to user request').length - 1,
    limitSessions: async (limit) => {
      await server.ask(`alter role datadip connection limit ${limit}`);
    },
    // `hostssl` in the server's rules refuses plain connections.
    requireTls: () => Promise.resolve(),
    sessions: () => count(''),
    addOther: async () => {
      await server.ask("create role other login password 'other-reader'; grant select on customers to other");
      await server.ask('create database other template postgres');
      await server.ask(
        'revoke connect on database other, postgres from public; grant connect on database other to other; grant connect on database postgres to datadip',
      );
      return otherUrls(server);
    },
    dropSessions: async () => {
      await server.ask("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'datadip'");
    },
  };
}

async function startMariadbDatabase(options: MariadbOptions = {}): Promise<TestDatabase> {
  const server = await startMariadb(options);
  await server.ask(
    `create user datadip@'127.0.0.1' identified by 'reader';\n${CUSTOMERS};\ngrant select, execute on crm.* to datadip@'127.0.0.1'`,
  );
  const ids = async (where: string): Promise<number[]> => {
    const rows = await server.ask(`select id from information_schema.processlist where user = 'datadip' ${where}`);
    return rows.map((row) => Number(row.id));
  };
  return {
    ...bound(server),
    type: 'mysql',
    running: async () => (await ids("and command = 'Execute'")).length,
    cancelled: async () => {
      const [row] = await server.ask("show global status like 'Com_kill'");
      return Number(row?.Value);
    },
    limitSessions: async (limit) => {
      await server.ask(`alter user datadip@'127.0.0.1' with max_user_connections ${limit}`);
    },
    requireTls: async () => {
      await server.ask("alter user datadip@'127.0.0.1' require ssl");
    },
    sessions: async () => (await ids('')).length,
    addOther: async () => {
      await server.ask(
        "create database other;\ncreate table other.customers as select * from crm.customers;\ncreate user other@'127.0.0.1' identified by 'other-reader';\ngrant select, execute on other.* to other@'127.0.0.1'",
      );
      return otherUrls(server);
    },
    dropSessions: async () => {
      for (const id of await ids('')) await server.ask(`kill connection ${id}`);
    },
  };
}

export const DATABASES: readonly (readonly [name: string, start: (options?: object) => Promise<TestDatabase>])[] = [
  ['postgres', startPostgresDatabase],
  ['mysql', startMariadbDatabase],
];

type Server = Awaited<ReturnType<typeof startPostgres>> | Awaited<ReturnType<typeof startMariadb>>;

function otherUrls(server: Server): { readonly url: string; readonly wrongUrl: string } {
  const ofUser = (user: string, password: string) => server.urlOf(user, password).replace(/\/\w+$/, '/other');
  return { url: ofUser('other', 'other-reader'), wrongUrl: ofUser('datadip', 'reader') };
}

/** The parts that both servers have. */
function bound(server: Server) {
  return {
    url: server.urlOf('datadip', 'reader'),
    port: server.port,
    caFile: server.caFile,
    urlOf: (user: string, password: string, host?: string) => server.urlOf(user, password, host),
    ask: (sql: string) => server.ask(sql),
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    start: () => server.start(),
    stop: () => server.stop(),
  };
}
