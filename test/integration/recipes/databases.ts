import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { codeBlocks } from '../../support/recipe-page.js';
import { startMariadb } from '../../support/mariadb-server.js';
import { startPostgres } from '../../support/postgres-server.js';

const run = promisify(execFile);

/** A real database, with TLS, in which the statements of a recipe's page were run. */
export interface RecipeDatabase {
  /** The variables of the recipe. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs statements as the owner, and returns the rows of the last one. */
  ask(sql: string): Promise<Record<string, unknown>[]>;
  /** The answer of the database to the user whom the page creates. */
  askAsDatadip(sql: string): Promise<string>;
  /** How the database runs the statement of the recipe. */
  plan(sql: string): Promise<string>;
  /** Runs the program of the page. Its exit code. */
  forward(env: Readonly<Record<string, string>>): Promise<number>;
  stop(): Promise<void>;
}

/** The table that the pages assume. `ssn` is bait: no statement of a page grants it. */
function customers(moment: string): string {
  const rows = [
    [17, 'Ada Lovelace', 'Ada@Example.com', '(555) 123-4567'],
    [18, "Grace O'Brien", "o'brien@example.com", '+1 (555) 123-4568 ext. 5'],
    [19, 'José Núñez', 'josé@example.com', '001 555.123.4569'],
    [20, 'George Boole', 'boole@example.com', '+44 20 7946 0958'],
    [21, 'Mary Maine', 'maine@example.com', '(207) 946-0958'],
    [22, 'Twin Old', 'twins@example.com', '15551234570'],
    [23, 'Twin New', 'twins@example.com', '555-123-4570'],
    [9007199254740993n, 'Big Id', 'big@example.com', '+1 555 123 4571'],
  ] as const;
  const values = rows.map(
    ([id, name, email, phone], at) =>
      `(${id}, '${name.replaceAll("'", "''")}', '${email.replaceAll("'", "''")}', '${phone}', 'Enterprise', 1234.50, '2026-01-0${at + 1} 00:00:00', 'bait')`,
  );
  const columns =
    'id bigint primary key, name varchar(200), email varchar(320), phone varchar(64), tier varchar(40), balance decimal(12,2)';
  return `create table customers (${columns}, changed_at ${moment}, ssn varchar(40));\ninsert into customers values ${values.join(', ')}`;
}

export async function startPostgresRecipe(): Promise<RecipeDatabase> {
  const server = await startPostgres({ tls: true });
  await server.ask(customers('timestamptz'));
  for (const statement of await pageStatements('postgres')) await server.ask(statement);
  const url = (user: string, password: string): string => server.urlOf(user, password, 'localhost');
  const tls = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: server.caFile };
  return {
    env: { ERP_URL: url('datadip', 'a-long-random-password'), ERP_CA: await readFile(server.caFile, 'utf8') },
    ask: (sql) => server.ask(sql),
    askAsDatadip: (sql) => output('psql', [url('datadip', 'a-long-random-password'), '-At', '-c', sql], tls),
    plan: async (sql) => JSON.stringify(await server.ask(`analyze customers; explain ${sql}`)),
    forward: (env) =>
      forward('postgres', { CHANGES_URL: url('datadip_changes', 'another-long-password'), ...tls, ...env }),
    stop: () => server.stop(),
  };
}

export async function startMysqlRecipe(): Promise<RecipeDatabase> {
  const server = await startMariadb({ tls: true });
  await server.ask(customers('timestamp'));
  for (const statement of await pageStatements('mysql')) await server.ask(statement);
  const cnf = join(dirname(server.caFile), 'changes.cnf');
  const client = [`host=localhost`, `port=${server.port}`, 'protocol=tcp', `ssl-ca=${server.caFile}`];
  const options = (user: string, password: string): string =>
    `[client]\n${[...client, `user=${user}`, `password=${password}`, 'database=crm'].join('\n')}\n`;
  const own = join(dirname(server.caFile), 'datadip.cnf');
  await writeFile(cnf, options('datadip_changes', 'another-long-password'));
  await writeFile(own, options('datadip', 'a-long-random-password'));
  return {
    env: {
      ERP_URL: server.urlOf('datadip', 'a-long-random-password', 'localhost'),
      ERP_CA: await readFile(server.caFile, 'utf8'),
    },
    ask: (sql) => server.ask(sql),
    askAsDatadip: (sql) => output('mariadb', [`--defaults-file=${own}`, '-N', '-B', '-e', sql], {}),
    plan: async (sql) => JSON.stringify(await server.ask(`analyze table customers;\nexplain ${sql}`)),
    forward: (env) => forward('mysql', { CHANGES_CNF: cnf, ...env }),
    stop: () => server.stop(),
  };
}

/** The statements of the page, one by one: PostgreSQL builds an index alone. */
async function pageStatements(name: string): Promise<string[]> {
  const blocks = await codeBlocks(name, 'sql');
  return blocks.flatMap((block) => block.split(/;\n+(?=(?:create|grant|alter)\b|$)/)).filter((text) => text !== '');
}

async function forward(name: string, env: Readonly<Record<string, string>>): Promise<number> {
  const [program = ''] = await codeBlocks(name, 'sh');
  try {
    await run('sh', ['-c', program], { env: { ...process.env, ...env }, timeout: 30_000 });
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

async function output(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    const { stdout } = await run(command, args, { env: { ...process.env, ...env }, timeout: 30_000 });
    return stdout;
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}
