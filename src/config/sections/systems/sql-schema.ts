import { z } from 'zod';
import { flag, millis, strict, textThat, wholeNumber, type TextRule } from '../../schema/scalars.js';
import { isDecodable } from '../../schema/text-rules.js';
import { limits } from './limits-schema.js';
import { tlsSchema } from './tls-schema.js';

/** By default, PostgreSQL and MySQL admit 100 and 151 connections of all clients. */
export const MAX_POOL_SIZE = 500;

/** Options after `?` mean different things to different libraries, so Datadip knows none. */
function databaseUrl(...schemes: readonly string[]): TextRule {
  const address = `must be ${schemes.map((scheme) => `${scheme}//`).join(' or ')}, user, password, host, port and database`;
  return (text) => {
    const url = URL.parse(text);
    if (url === null || !schemes.includes(url.protocol) || url.hostname === '') return address;
    if (url.search !== '' || url.hash !== '') return 'must not have ? or #: write %3F and %23 in a password';
    if (url.username === '') return 'must name a user before the host';
    if (!/^\/[^/]+$/.test(url.pathname)) return 'must name one database after the host';
    return [url.username, url.password, url.pathname].every(isDecodable)
      ? undefined
      : 'must not have a % that is not an escape: write %25 for %';
  };
}

const database = {
  /** `read-system.ts` applies the default, because it depends on the limits. */
  poolSize: wholeNumber(1, MAX_POOL_SIZE).optional(),
  tls: tlsSchema.optional(),
  allowPlaintext: flag.default(false),
  timeoutMs: millis(1, 60_000).default(2000),
  limits,
};

export const postgresSystem = strict({
  type: z.literal('postgres'),
  url: textThat(databaseUrl('postgres:', 'postgresql:')),
  ...database,
});

export const mysqlSystem = strict({
  type: z.literal('mysql'),
  url: textThat(databaseUrl('mysql:', 'mariadb:')),
  ...database,
});

export type DeclaredSqlSystem = z.infer<typeof postgresSystem> | z.infer<typeof mysqlSystem>;
