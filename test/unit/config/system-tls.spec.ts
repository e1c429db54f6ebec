import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, makeClientCertificate } from '../../support/certificate.js';
import { loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const SECRETS = { PASSPHRASE: 'right-passphrase', WRONG: 'wrong-passphrase', NO_PEM: 'secret-that-is-no-pem' };
let env: Record<string, string> = {};
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'datadip-tls-checks-'));
  const server = await makeCertificate(dir);
  const client = await makeClientCertificate(dir);
  const text = (file: string) => readFile(file, 'utf8');
  const plain = { CA: await text(client.caFile), CERT: await text(client.certFile), KEY: await text(client.keyFile) };
  const locked = await makeClientCertificate(dir, { passphrase: SECRETS.PASSPHRASE });
  env = {
    ...SECRETS,
    ...plain,
    OTHER_KEY: await text(server.keyFile),
    LOCKED_CERT: await text(locked.certFile),
    LOCKED_KEY: await text(locked.keyFile),
    CHAIN: plain.CERT + plain.CA,
    TWISTED_CHAIN: plain.CA + plain.CERT,
    ONE_LINE_CERT: plain.CERT.replaceAll('\n', '\\n'),
    ONE_LINE_KEY: plain.KEY.replaceAll('\n', '\\n'),
    CUT_KEY: plain.KEY.replace(/.{20}(?=\n-----END)/, ''),
    CUT_CERT: plain.CERT.replace(/.{20}(?=\n-----END)/, ''),
    PUBLIC: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
  };
});
afterAll(() => rm(dir, { recursive: true }));

const LOOKUPS = `
lookups:
  l:
    key: [{ input: id, kind: id }]
    origin: { system: crm, path: '/p/{id}' }
    fields: { name: { type: string } }`;

/** Line 4 is `tls`, and each pair has its own line below. */
function fileWith(pairs: readonly string[], address: string): string {
  const lines = ['systems:', '  crm:', `    baseUrl: ${address}`, '    tls:', ...pairs.map((pair) => `      ${pair}`)];
  return lines.join('\n') + LOOKUPS;
}

function problems(pairs: readonly string[], address = 'https://crm.example.com') {
  const found = kindsOf(() => loadText(fileWith(pairs, address), env));
  return found.map(({ line, key, value, kind }) => [line, key.replace('systems.crm.', ''), value, kind]);
}

describe('the TLS of a system', () => {
  it.each([
    [['ca: ${CA}']],
    [['cert: ${CERT}', 'key: ${KEY}']],
    [['cert: ${CHAIN}', 'key: ${KEY}']],
    [['cert: ${ONE_LINE_CERT}', 'key: ${ONE_LINE_KEY}']],
    [['cert: ${LOCKED_CERT}', 'key: ${LOCKED_KEY}', 'passphrase: ${PASSPHRASE}']],
    [['serverName: crm.internal']],
  ])('may be %s', (pairs) => {
    expect(problems(pairs)).toEqual([]);
  });

  it.each<[readonly string[], number, string, string]>([
    [['cert: ${CERT}'], 4, 'tls.key', 'certificate without key'],
    [['key: ${KEY}'], 4, 'tls.cert', 'key without certificate'],
    [['ca: ${CA}', 'passphrase: ${PASSPHRASE}'], 6, 'tls.passphrase', 'passphrase without key'],
    [['cert: ${CERT}', 'key: ${OTHER_KEY}'], 6, 'tls.key', 'key of another certificate'],
    [['cert: ${TWISTED_CHAIN}', 'key: ${KEY}'], 6, 'tls.key', 'key of another certificate'],
    [['cert: ${LOCKED_CERT}', 'key: ${LOCKED_KEY}'], 6, 'tls.key', 'locked key'],
    [['cert: ${LOCKED_CERT}', 'key: ${LOCKED_KEY}', 'passphrase: ${WRONG}'], 6, 'tls.key', 'locked key'],
    [['cert: ${CERT}', 'key: ${CUT_KEY}'], 6, 'tls.key', 'locked key'],
    [['cert: ${CUT_CERT}', 'key: ${KEY}'], 5, 'tls.cert', 'not certificates'],
    [['cert: ${KEY}', 'key: ${KEY}'], 5, 'tls.cert', 'not certificates'],
    [['cert: ${CERT}', 'key: ${NO_PEM}'], 6, 'tls.key', 'not a private key'],
    [['cert: ${CERT}', 'key: ${CERT}'], 6, 'tls.key', 'not a private key'],
    [['cert: ${CERT}', 'key: ${PUBLIC}'], 6, 'tls.key', 'not a private key'],
    [['ca: ${NO_PEM}'], 5, 'tls.ca', 'not certificates'],
    [['ca: ${CUT_CERT}'], 5, 'tls.ca', 'not certificates'],
    [['passphrase: " "', 'cert: ${CERT}', 'key: ${KEY}'], 5, 'tls.passphrase', 'empty'],
    [['serverName: https://crm.internal'], 5, 'tls.serverName', 'not the name of a host'],
  ])('is refused as %s, with line and key and without a value', (pairs, line, key, kind) => {
    expect(problems(pairs)).toEqual([[line, key, undefined, kind]]);
  });

  it('reports every problem at once', () => {
    expect(problems(['ca: ${NO_PEM}', 'cert: ${NO_PEM}', 'key: ${NO_PEM}'])).toEqual([
      [5, 'tls.ca', undefined, 'not certificates'],
      [6, 'tls.cert', undefined, 'not certificates'],
      [7, 'tls.key', undefined, 'not a private key'],
    ]);
  });

  it('must change something, and needs https', () => {
    expect(problems(['{}'])).toEqual([[4, 'tls', undefined, 'empty TLS']]);
    expect(problems(['ca: ${CA}'], 'http://crm.example.com')).toEqual([[4, 'tls', undefined, 'TLS without https']]);
  });

  it('is checked for a database, too', () => {
    const file = fileWith(['cert: ${CERT}', 'key: ${OTHER_KEY}'], 'https://x')
      .replace('    baseUrl: https://x', '    type: postgres\n    url: postgres://r:p@127.0.0.1/erp')
      .replace("path: '/p/{id}'", "sql: 'select name from c where id = {id}'");
    expect(kindsOf(() => loadText(file, env))).toMatchObject([
      { line: 7, key: 'systems.crm.tls.key', kind: 'key of another certificate' },
    ]);
  });
});
