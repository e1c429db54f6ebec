import type { SqlSystemConfig } from '../../config/sections/systems/system-config.js';
import { databaseAddress } from './database-url.js';
import type { SqlDatabase, StatementLimits } from './sql-database.js';

/** The largest answer read from an origin. A data dip needs a few hundred bytes. */
const MAX_BYTES = 1024 * 1024;
const MAX_ROWS = 1000;
/**
 * The timeout of the database is this much longer than that of the process, in milliseconds. The
 * timeout of the database ends statements whose process has gone or cannot reach the database.
 */
const LATER_MS = 500;

/** Loads the library of a database: a process without databases never loads one. */
export async function loadDatabase(system: SqlSystemConfig): Promise<SqlDatabase> {
  const limits: StatementLimits = {
    timeoutMs: system.timeoutMs + LATER_MS,
    maxBytes: MAX_BYTES,
    maxRows: MAX_ROWS,
  };
  const address = databaseAddress(system);
  if (system.type === 'postgres') {
    const { PostgresDatabase } = await import('./postgres/postgres-database.js');
    return new PostgresDatabase(address, system.tls, limits);
  }
  const { MysqlDatabase } = await import('./mysql/mysql-database.js');
  return new MysqlDatabase(address, system.tls, limits);
}
