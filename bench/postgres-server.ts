/**
 * Runs PostgreSQL with a table of customers, until SIGTERM. Prints its address as one line of JSON.
 * Needs `--experimental-transform-types`.
 *
 * Argument: the number of customers. Customer n has the phone number of the sandbox's customer n.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isOwnModule = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts') === true;
    return next(isOwnModule ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

const { startPostgres } = await import('../test/support/postgres-server.js');

const postgres = await startPostgres({ settings: ['max_parallel_workers_per_gather=0'] });
process.once('SIGTERM', () => void postgres.stop().then(() => process.exit(0)));
await postgres.ask(`
  create table customers as
    select 'c-' || n as id, '+1555' || lpad(n::text, greatest(4, length(n::text)), '0') as phone, 'Ada' as first_name,
           'Lovelace' as last_name, 'Enterprise' as tier, repeat('x', 100) as notes
    from generate_series(1, ${Number(process.argv[2] ?? 100_000)}) as n;
  create table indexed_customers as select * from customers;
  create index on indexed_customers (phone);
  analyze;
  create role reader login password 'reader-password';
  grant select on customers, indexed_customers to reader;
`);
console.log(JSON.stringify({ url: postgres.urlOf('reader', 'reader-password') }));
