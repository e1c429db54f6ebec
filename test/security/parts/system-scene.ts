/** This file exceeds 220 lines because one file declares every kind of secret, and its servers. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeCertificate, makeClientCertificate } from '../../support/certificate.js';
import { startDatadip, type DatadipProcess } from '../../support/datadip-process.js';
import { TestForwardProxy } from '../../support/forward-proxy.js';
import { Answer } from '../../support/origin-replies.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../../support/origin.js';
import { startPostgres, type TestPostgres } from '../../support/postgres-server.js';
import { freePort, listenPrivately } from '../../support/private-port.js';
import type { Marks } from './haystack.js';

const random = (name: string): string => `${name}-${randomBytes(12).toString('hex')}`;

/** The secrets of the systems, by the variable that gives each to the file. */
export const SYSTEM_SECRETS = {
  CLIENT_SECRET: random('client-secret'),
  REFRESH_TOKEN: random('refresh-token'),
  FORM_FIELD: random('form-field'),
  CLAIM: random('claim'),
  QUERY_KEY: random('query-key'),
  HEADER_VALUE: random('header-value'),
  QUERY_VALUE: random('query-value'),
  PASSPHRASE: random('passphrase'),
  SQL_PASSWORD: random('sql-password'),
  WRONG_PASSWORD: random('wrong-password'),
  BASE_PATH: random('base-path'),
  LOOKUP_PATH: random('lookup-path'),
  LOOKUP_QUERY: random('lookup-query'),
  LOOKUP_HEADER: random('lookup-header'),
  SQL_TEXT: random('sql-text'),
};
const PROXY_PASSWORD = random('proxy-password');
const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

/** The lookups of the scene. Each has the name of its system. */
export const OVER_HTTP = ['signed', 'refreshed', 'keyed', 'secured', 'proxied'];
export const OVER_SQL = ['erp', 'locked'];

const AUTHS: Readonly<Record<string, object>> = {
  signed: {
    ...{ grant: 'jwt-bearer', clientId: 'client-1', clientSecret: '${CLIENT_SECRET}', privateKey: '${PRIVATE_KEY}' },
    ...{ claims: { scope: '${CLAIM}' }, params: { resource: '${FORM_FIELD}' }, scheme: 'Zoho-oauthtoken' },
  },
  refreshed: {
    ...{ grant: 'refresh-token', clientAuthentication: 'body' },
    ...{ clientId: 'client-2', clientSecret: '${CLIENT_SECRET}', refreshToken: '${REFRESH_TOKEN}' },
  },
};

const TIMEOUT = { timeoutMs: 250 };
const CALLER = { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: ['lookup', 'operate'] };

/** The answers of the systems over HTTP, and of their login. */
export class SceneAnswers {
  /** The status of all answers of the systems. */
  status = 200;
  loginWorks = true;
  /** The tokens that the login issued, and the proofs that it got. */
  readonly sent = new Map<string, string>();

  /** Answers with everything that the call held, and with the declared fields. */
  echo({ url, headers, body }: Pick<OriginCall, 'url' | 'headers' | 'body'>): Answer {
    const text = { ...headers, url, body, token: headers.authorization?.split(' ')[1] ?? '' };
    return Answer.json({ name: 'Ada', tier: 'Gold', ...text, list: [text] }, this.status);
  }

  login({ headers, body }: OriginCall): Answer {
    const form = Object.fromEntries(new URLSearchParams(body));
    for (const [name, text] of Object.entries({ ...form, authorization: headers.authorization ?? '' }))
      if (/assertion$|authorization/.test(name) && text.length > 40) this.sent.set(`sent ${name}`, text);
    if (!this.loginWorks) return Answer.json({ error: 'invalid_client', error_description: body, ...headers }, 401);
    const issued = { access_token: random('access-token'), refresh_token: random('next-refresh-token') };
    for (const [name, text] of Object.entries(issued)) this.sent.set(`${name} ${this.sent.size}`, text);
    return Answer.json({ ...issued, token_type: 'Bearer', expires_in: 3600 });
  }
}

interface SceneParts {
  readonly datadip: DatadipProcess;
  readonly crm: ScriptedOrigin;
  readonly proxy: TestForwardProxy;
  readonly database: TestPostgres;
  /** PEM text. */
  readonly tlsKey: string;
}

/** A process of the built service whose systems have every kind of secret, and these systems. */
export class SystemScene {
  private constructor(
    readonly parts: SceneParts,
    readonly answers: SceneAnswers,
    private readonly ends: readonly (() => unknown)[],
  ) {}

  static async start(): Promise<SystemScene> {
    const ends: (() => unknown)[] = [];
    const answers = new SceneAnswers();
    try {
      return new SystemScene(await startParts(answers, ends), answers, ends);
    } catch (error) {
      await endAll(ends);
      throw error;
    }
  }

  get url(): string {
    return this.parts.datadip.url;
  }

  /** Every text that must not be visible. */
  get marks(): Marks {
    const line = (pem: string): string => pem.split('\n').find((text) => /^[\w+/]{64}$/.test(text)) ?? '';
    const keys = { PROXY_PASSWORD, PRIVATE_KEY: line(PRIVATE_KEY), TLS_KEY: line(this.parts.tlsKey) };
    return { ...SYSTEM_SECRETS, ...keys, ...Object.fromEntries(this.answers.sent) };
  }

  async stop(): Promise<void> {
    await endAll(this.ends);
  }
}

async function endAll(ends: readonly (() => unknown)[]): Promise<void> {
  for (const end of [...ends].reverse()) await end();
}

async function startParts(answers: SceneAnswers, ends: (() => unknown)[]): Promise<SceneParts> {
  const dir = await mkdtemp(join(tmpdir(), 'datadip-system-scene-'));
  ends.push(() => rm(dir, { recursive: true }));
  const crm = await startOrigin((call: OriginCall) => answers.echo(call));
  const login = await startOrigin((call: OriginCall) => answers.login(call));
  ends.push(
    () => login.stop(),
    () => crm.stop(),
  );
  const proxy = await TestForwardProxy.start();
  ends.push(() => proxy.stop());
  const database = await startPostgres();
  ends.push(() => database.stop());
  await database.ask(`create role datadip login password '${SYSTEM_SECRETS.SQL_PASSWORD}'`);
  const { port, ca, cert, key } = await startSecured(dir, answers, ends);
  const yaml = sceneFile({
    ...{ crm: crm.url, login: login.url, secured: `https://127.0.0.1:${port}` },
    sqlPort: database.port,
  });
  const env = {
    ...SYSTEM_SECRETS,
    ...{ PRIVATE_KEY, TLS_CA: ca, TLS_CERT: cert, TLS_KEY: key },
    HTTP_PROXY: `http://desk:${PROXY_PASSWORD}@${proxy.address}`,
    ...{ LOG_LEVEL: 'trace', PORT: String(await freePort()), DEADLINE_MS: '400' },
  };
  const datadip = await startDatadip({ yaml, env, waitFor: 'listening' });
  ends.push(() => datadip.stop());
  return { datadip, crm, proxy, database, tlsKey: key };
}

/** Starts a system over HTTPS that demands a certificate. The texts are those of a client. */
async function startSecured(dir: string, answers: SceneAnswers, ends: (() => unknown)[]) {
  const server = await makeCertificate(dir);
  const client = await makeClientCertificate(dir, { passphrase: SYSTEM_SECRETS.PASSPHRASE });
  const files = [client.caFile, client.certFile, client.keyFile, server.certFile, server.keyFile];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const [ca = '', cert = '', key = '', serverCert = '', serverKey = ''] = texts;
  const secured = createServer({ ca, cert: serverCert, key: serverKey, requestCert: true }, (request, response) => {
    const { status, headers, body } = answers.echo({ url: request.url ?? '', headers: request.headers, body: '' });
    response.writeHead(status, headers).end(body);
  });
  const port = await listenPrivately(secured);
  ends.push(() => {
    secured.closeAllConnections();
    secured.close();
  });
  return { port, ca, cert, key };
}

interface Addresses {
  readonly crm: string;
  readonly login: string;
  readonly secured: string;
  readonly sqlPort: number;
}

/** The declaration of the scene. Every secret comes from the environment. */
export function sceneFile({ crm, login, secured, sqlPort }: Addresses): string {
  const oauth2 = (name: string) => ({
    baseUrl: crm,
    ...TIMEOUT,
    auth: { type: 'oauth2', tokenUrl: `${login}/token`, tokenTimeoutMs: 200, ...AUTHS[name] },
  });
  const erp = (password: string) => ({
    type: 'postgres',
    ...TIMEOUT,
    url: `postgres://datadip:${password}@127.0.0.1:${sqlPort}/postgres`,
  });
  const overHttp = {
    path: '/${LOOKUP_PATH}/p',
    query: { ani: '{ani}', constant: '${LOOKUP_QUERY}' },
    headers: { 'X-Lookup': '${LOOKUP_HEADER}' },
  };
  const overSql = { sql: "select 'Ada' as name, '${SQL_TEXT}' as hidden where cast({ani} as text) <> ''" };
  const lookup = (system: string) => ({
    key: [{ input: 'ani', kind: 'phone' }],
    origin: { system, ...(OVER_SQL.includes(system) ? overSql : overHttp) },
    fields: { name: { type: 'string' }, tier: { type: 'string', default: 'none' } },
    cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 },
  });
  return stringify({
    systems: {
      signed: oauth2('signed'),
      refreshed: oauth2('refreshed'),
      keyed: {
        baseUrl: `${crm}/\${BASE_PATH}`,
        ...TIMEOUT,
        auth: { type: 'query', name: 'apikey', value: '${QUERY_KEY}' },
        headers: { 'X-Account': '${HEADER_VALUE}' },
        query: { account: '${QUERY_VALUE}' },
      },
      secured: {
        baseUrl: secured,
        ...TIMEOUT,
        tls: { ca: '${TLS_CA}', cert: '${TLS_CERT}', key: '${TLS_KEY}', passphrase: '${PASSPHRASE}' },
      },
      proxied: { baseUrl: `http://crm.proxied.test:${new URL(crm).port}`, ...TIMEOUT },
      erp: erp('${SQL_PASSWORD}'),
      locked: erp('${WRONG_PASSWORD}'),
    },
    lookups: Object.fromEntries([...OVER_HTTP, ...OVER_SQL].map((name) => [name, lookup(name)])),
    callers: { desk: CALLER },
  });
}
